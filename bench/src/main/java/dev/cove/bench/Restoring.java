package dev.cove.bench;

import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Waking a VM until a command has run over SSH, against `virsh restore` of the same guest.
record Restoring(Grounds grounds, Family family) implements Section {
    private static final String NAME = "bench-sleeper";
    private static final int MEBIBYTES = 256;
    private static final double AT_MOST = 1.0;
    private static final Duration WITHIN = Duration.ofMinutes(5);

    private Kind kind() {
        return family.with(MEBIBYTES);
    }

    @Override
    public String name() {
        return family.section("virsh-restore");
    }

    @Override
    public String about() {
        return "cove wake of " + kind().image() + ", beside virsh restore; installs libvirt";
    }

    @Override
    public boolean onlyWhenNamed() {
        return true;
    }

    @Override
    public int usualRuns() {
        return 20;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds, "--templates-standby", "0"));
            var image = new ImageCache(grounds.images()).give(kind().image(), daemon, progress);
            var cove = daemon.client();
            var workshop = Workshop.open(daemon, kind(), image, progress, after);
            var theirs = after.own(Libvirt.start(workshop)).restoring();
            Vms.requireRunning(cove.create(kind().cold(NAME), WITHIN));
            var steps = new Steps();
            var ours =
                    Side.of(
                            "cove wake",
                            () -> {
                                Vms.sleep(cove, NAME, WITHIN);
                                var begun = System.nanoTime();
                                var vm = Vms.wake(cove, NAME, WITHIN);
                                var took = Duration.ofNanos(System.nanoTime() - begun);
                                steps.note(vm);
                                return took;
                            });
            var taken = turns.of(List.of(ours, theirs), progress);
            steps.tell(progress);
            return List.of(
                    new Figure.Ratio(
                            "wake of "
                                    + kind().image()
                                    + " to first SSH command, beside virsh restore",
                            taken.getFirst(),
                            taken.getLast(),
                            AT_MOST));
        }
    }
}
