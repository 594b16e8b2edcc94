package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.Finding;
import dev.cove.platform.Detached;
import dev.cove.vmm.qemu.QemuProgram.Trial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Tries which accelerators run a guest, under the rights that a machine's QEMU will have.
///
/// | KVM as a VMM's user | KVM as root | so |
/// |---|---|---|
/// | ran | | it is used |
/// | stuck | | it never runs a guest |
/// | QEMU gave up | ran | only the rights are wrong |
/// | QEMU gave up | stuck | it never runs a guest |
/// | QEMU gave up | QEMU gave up | it does not work, for the reason that QEMU gives |
///
/// @param folder for the files of the trial, which may be for a moment
record Trials(QemuProgram program, KvmDevice kvm, Path folder) {
    /// `nobody`: a trial needs nothing of anybody's.
    private static final int USER = 65_534;

    /// Translating works everywhere, so this one waits until a busy host has the time.
    private static final Duration TCG_LIMIT = Duration.ofSeconds(20);

    /// For counting under KVM, which takes milliseconds where it works.
    private static final Duration KVM_LIMIT = Duration.ofSeconds(2);

    private static final String SOFTWARE = ", so guests run in software";

    /// What one accelerator does.
    record Outcome(Accelerator accelerator, boolean ran, Finding finding) {}

    /// @return the best accelerator first
    List<Outcome> run() throws InterruptedException {
        // First the one that always works: it tells how long QEMU itself takes here to start.
        var inSoftware = attempt(Accelerator.TCG, unprivileged(List.of()), TCG_LIMIT);
        var usual = inSoftware instanceof Trial.Ran(var took) ? took : TCG_LIMIT;
        return List.of(kvm(KVM_LIMIT.plus(usual.multipliedBy(2))), tcg(inSoftware));
    }

    private static Outcome tcg(Trial trial) {
        var finding =
                switch (trial) {
                    case Trial.Ran(var took) ->
                            Finding.ok("tcg", "a guest ran (%d ms)".formatted(took.toMillis()));
                    case Trial.Ended(var says) ->
                            Finding.problem(
                                    "tcg", "no guest runs: " + says, "reinstall qemu-system-x86");
                    case Trial.Stuck(var limit) ->
                            Finding.problem(
                                    "tcg",
                                    "no guest ran within %d s".formatted(limit.toSeconds()),
                                    "reinstall qemu-system-x86, or make this host less busy");
                };
        return new Outcome(Accelerator.TCG, trial instanceof Trial.Ran, finding);
    }

    private Outcome kvm(Duration limit) throws InterruptedException {
        if (!kvm.exists()) {
            return without(
                    "there is no " + kvm.path(),
                    "use a machine with virtualisation turned on, and load kvm_intel or kvm_amd");
        }
        return switch (attempt(Accelerator.KVM, unprivileged(kvm.groups()), limit)) {
            case Trial.Ran(var took) ->
                    new Outcome(
                            Accelerator.KVM,
                            true,
                            Finding.ok("kvm", "a guest ran (%d ms)".formatted(took.toMillis())));
            case Trial.Stuck(var waited) -> stuck(waited);
            case Trial.Ended(var says) -> Users.isRoot() ? asRoot(limit) : refused(says);
        };
    }

    private Outcome asRoot(Duration limit) throws InterruptedException {
        return switch (attempt(Accelerator.KVM, Optional.empty(), limit)) {
            case Trial.Ran _ ->
                    without(
                            "KVM runs guests, but only for root: %s is %s"
                                    .formatted(kvm.path(), kvm.rights()),
                            KvmDevice.SHARE);
            case Trial.Stuck(var waited) -> stuck(waited);
            case Trial.Ended(var says) ->
                    without(
                            "%s is there and does not work, not even for root (%s)"
                                    .formatted(kvm.path(), says),
                            "look at what `dmesg` says of kvm");
        };
    }

    private Outcome stuck(Duration waited) {
        return without(
                "%s is there and never runs a guest (%s, tried for %d s)"
                        .formatted(kvm.path(), kvm.rights(), waited.toSeconds()),
                "use a machine that is no virtual one itself, or one that may nest them");
    }

    private Outcome refused(String says) {
        return without(
                "%s is %s and not ours to use (%s)".formatted(kvm.path(), kvm.rights(), says),
                "join its group (usermod -aG kvm USER), or run the daemon as root");
    }

    private static Outcome without(String says, String remedy) {
        return new Outcome(Accelerator.KVM, false, Finding.note("kvm", says + SOFTWARE, remedy));
    }

    private static Optional<Detached.User> unprivileged(List<Integer> groups) {
        return Users.unprivileged(USER, groups);
    }

    private Trial attempt(Accelerator accelerator, Optional<Detached.User> user, Duration limit)
            throws InterruptedException {
        return program.attempt(accelerator, user, folder, limit);
    }
}
