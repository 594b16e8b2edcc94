package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.platform.Closer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Cold create to first SSH command, from the API request to the record that says `running`,
/// against the same guest started in another way.
///
/// @param kind what is started
/// @param rival the other way
/// @param atMost how many times as long as that Cove may take
record Cold(
        Grounds grounds,
        String name,
        String about,
        boolean onlyWhenNamed,
        Kind kind,
        Rival rival,
        double atMost)
        implements Section {
    private static final String NAME = "bench-cold";
    private static final int MEBIBYTES = 256;
    private static final Duration WITHIN = Duration.ofMinutes(2);

    static Cold besidePlainQemu(Grounds grounds) {
        return new Cold(
                grounds,
                "cold",
                "cold create to first SSH command, beside a plain QEMU started by hand",
                false,
                Family.SLIM.with(MEBIBYTES),
                (workshop, _) -> new ColdByHand(workshop),
                1.25);
    }

    static Cold besideLibvirt(Grounds grounds, Family family) {
        var kind = family.with(MEBIBYTES);
        return new Cold(
                grounds,
                family.section("virsh"),
                "cold create of " + kind.image() + ", beside virsh create; installs libvirt",
                true,
                kind,
                (workshop, after) -> after.own(Libvirt.start(workshop)).creating(),
                1.0);
    }

    /// Makes the other side.
    @FunctionalInterface
    interface Rival {
        /// @param after closes what it needs
        Side of(Workshop workshop, Closer after) throws Exception;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds));
            var image = new ImageCache(grounds.images()).give(kind.image(), daemon, progress);
            var cove = daemon.client();
            var workshop = Workshop.open(daemon, kind, image, progress, after);
            var steps = new Steps();
            var ours = Side.of("cove create", () -> create(cove, steps));
            var theirs = rival.of(workshop, after);
            var taken = turns.of(List.of(ours, theirs), progress);
            steps.tell(progress);
            return List.of(
                    new Figure.Ratio(
                            "cold create of %s to first SSH command, beside %s"
                                    .formatted(kind.image(), theirs.name()),
                            taken.getFirst(),
                            taken.getLast(),
                            atMost));
        }
    }

    private Duration create(CoveClient cove, Steps steps) {
        try (var after = new Closer()) {
            after.onClose(() -> cove.destroy(NAME, true, WITHIN));
            var begun = System.nanoTime();
            var vm = cove.create(kind.cold(NAME), WITHIN);
            var took = Duration.ofNanos(System.nanoTime() - begun);
            steps.note(vm);
            return took;
        }
    }
}
