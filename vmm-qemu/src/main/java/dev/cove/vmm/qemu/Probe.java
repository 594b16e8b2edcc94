package dev.cove.vmm.qemu;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.Finding;
import dev.cove.platform.CommandException;
import dev.cove.platform.SystemCallException;
import dev.cove.platform.Tsc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// What QEMU and this host really do, tried once.
///
/// @param version empty when QEMU is not there
/// @param accelerators that ran guest instructions, the best one first
/// @param whyNot why nothing can be run; empty when something can
record Probe(
        String version,
        Board board,
        List<Accelerator> accelerators,
        OptionalLong tscKilohertz,
        String whyNot,
        List<Finding> findings) {
    private static final Pattern MEGAHERTZ =
            Pattern.compile("^cpu MHz\\s*: (\\d+\\.?\\d*)$", Pattern.MULTILINE);
    private static final Finding LAYOUT =
            Finding.note(
                    "aslr",
                    "off in guests: this QEMU translates a program anew at each address",
                    "use QEMU 10, where it is on; or in a guest: sysctl -w kernel.randomize_va_space=2");
    private static final Bytes NOTHING = new Bytes(0);
    private static final String INSTALL = "apt-get install --no-install-recommends qemu-system-x86";

    /// @param translated what the translated code of a guest may take, where there is some
    Facts facts(Bytes translated) {
        var accelerator = accelerators.getFirst();
        return new Facts(
                board,
                accelerator,
                tscKilohertz,
                Translator.of(version),
                accelerator == Accelerator.TCG ? translated : NOTHING);
    }

    /// What a machine that is saved here can be resumed on.
    String fit() {
        return usable() ? facts(NOTHING).fit(version, HostProcessor.read()) : "";
    }

    boolean usable() {
        return !accelerators.isEmpty();
    }

    /// @param wanted the board to use if this QEMU has it
    /// @param folder for the files of the trials, which may be for a moment
    static Probe of(QemuProgram program, Board wanted, KvmDevice kvm, Path folder)
            throws InterruptedException {
        try {
            var version = program.version();
            var board = program.hasMicrovm() ? wanted : Board.Q35;
            var findings = new ArrayList<Finding>();
            findings.add(Finding.ok("qemu", "version " + version + ", board " + board));
            var outcomes = new Trials(program, kvm, folder).run();
            outcomes.forEach(outcome -> findings.add(outcome.finding()));
            var accelerators =
                    outcomes.stream()
                            .filter(Trials.Outcome::ran)
                            .map(Trials.Outcome::accelerator)
                            .toList();
            var told = new ToldRate(folder.resolve("tsc-kilohertz"));
            var tsc = tsc(findings).stream().map(told::agree).findFirst();
            var whyNot = accelerators.isEmpty() ? "no accelerator runs a guest" : "";
            if (!accelerators.isEmpty()
                    && accelerators.getFirst() == Accelerator.TCG
                    && Translator.of(version).retranslates()) {
                findings.add(LAYOUT);
            }
            return new Probe(version, board, accelerators, tsc, whyNot, List.copyOf(findings));
        } catch (CommandException e) {
            return absent(wanted, e);
        }
    }

    private static Probe absent(Board wanted, CommandException e) {
        var says = e.getMessage() == null ? "it is not there" : e.getMessage();
        return new Probe(
                "",
                wanted,
                List.of(),
                OptionalLong.empty(),
                says + "; install it with: " + INSTALL,
                List.of(Finding.problem("qemu", says, INSTALL)));
    }

    private static OptionalLong tsc(List<Finding> findings) throws InterruptedException {
        var shown = cpuinfo();
        try {
            var measured = Tsc.measure();
            if (measured.isEmpty()) {
                findings.add(Finding.ok("tsc", "this processor has none"));
                return OptionalLong.empty();
            }
            findings.add(Finding.ok("tsc", rate(measured.get(), shown)));
            return OptionalLong.of(measured.get().kilohertz());
        } catch (SystemCallException e) {
            findings.add(
                    Finding.note(
                            "tsc",
                            "its rate cannot be measured ("
                                    + e.getMessage()
                                    + "); taken from /proc/cpuinfo",
                            "guests under software emulation may have clocks that drift"));
            return shown.map(mhz -> OptionalLong.of(Math.round(mhz * 1000)))
                    .orElse(OptionalLong.empty());
        }
    }

    private static String rate(Tsc measured, Optional<Double> shown) {
        var says = String.format(Locale.ROOT, "%.3f MHz measured", measured.kilohertz() / 1000.0);
        return says
                + shown.map(mhz -> String.format(Locale.ROOT, ", %.3f MHz in /proc/cpuinfo", mhz))
                        .orElse("");
    }

    private static Optional<Double> cpuinfo() {
        try {
            var line = MEGAHERTZ.matcher(Files.readString(Path.of("/proc/cpuinfo")));
            return line.find() ? Optional.of(Double.valueOf(line.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
