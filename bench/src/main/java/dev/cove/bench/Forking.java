package dev.cove.bench;

import dev.cove.platform.Closer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Every way to a VM that runs a command over SSH, from the request on, against the same done by
/// hand: from a template, with a VM that stands by, booted, forked, woken.
///
/// All VMs have the memory of the running one that is forked, 512 MiB. Where one stands by they
/// have a little less: that is another template, and there is no room for one that stands by for
/// both.
///
/// @param besideCold how many times as long as a boot a create from a template may take
record Forking(Grounds grounds, Family family, double besideCold) implements CopySection {
    private static final int MEBIBYTES = 512;
    private static final double BESIDE_BY_HAND = 1.3;
    private static final double STANDING_BY_BESIDE_BY_HAND = 0.7;
    private static final double FORK_BESIDE_TEMPLATE = 1.5;

    private static final String TEMPLATE = "cove create";
    private static final String STANDBY = "cove create, one stands by";
    private static final String COLD = "cove create --cold";
    private static final String FORK = "cove fork";
    private static final String WAKE = "cove wake";

    @Override
    public String name() {
        return family.section("template");
    }

    @Override
    public String about() {
        return "to the first SSH command in "
                + kind().image()
                + ": create from a template, stand-by, fork, wake; by hand; booted";
    }

    @Override
    public int mebibytes() {
        return MEBIBYTES;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        var standingBy = family.with(MEBIBYTES - 1);
        try (var after = new Closer()) {
            var daemon = after.own(daemon(standingBy));
            var image = new ImageCache(grounds.images()).give(kind().image(), daemon, progress);
            var workshop = Workshop.open(daemon, kind(), image, progress, after);
            var template = SavedByHand.template(workshop, after);
            var asleep = SavedByHand.asleep(workshop);
            var ways = Ways.prepare(daemon.client(), kind(), standingBy, progress);
            var sides =
                    List.of(
                            template,
                            Side.of(TEMPLATE, ways::fromTemplate),
                            Side.of(STANDBY, ways::fromStandby),
                            Side.of(COLD, ways::cold),
                            Side.of(FORK, ways::fork),
                            asleep,
                            Side.of(WAKE, ways::wake));
            var taken =
                    turns.of(sides, progress).stream()
                            .collect(Collectors.toMap(Samples::side, Function.identity()));
            ways.tell(progress);
            progress.accept("by hand asleep in " + asleep.mebibytes() + " MiB");
            return figures(taken, template.name(), asleep.name());
        }
    }

    private DaemonProcess daemon(Kind standingBy) throws Exception {
        return DaemonProcess.real(
                grounds,
                "--templates-standby",
                "1",
                "--templates-memory",
                standingBy.mebibytes() + "M");
    }

    private List<Figure> figures(Map<String, Samples> taken, String fork, String wake) {
        return List.of(
                ratio(taken, TEMPLATE, fork, BESIDE_BY_HAND),
                ratio(taken, STANDBY, fork, STANDING_BY_BESIDE_BY_HAND),
                ratio(taken, TEMPLATE, COLD, besideCold),
                ratio(taken, FORK, TEMPLATE, FORK_BESIDE_TEMPLATE),
                ratio(taken, WAKE, wake, BESIDE_BY_HAND));
    }

    private Figure ratio(Map<String, Samples> taken, String cove, String other, double atMost) {
        return new Figure.Ratio(
                kind().image() + ": " + cove + ", beside " + other,
                of(taken, cove),
                of(taken, other),
                atMost);
    }

    private static Samples of(Map<String, Samples> taken, String side) {
        var samples = taken.get(side);
        if (samples == null) {
            throw new IllegalStateException("no side " + side);
        }
        return samples;
    }
}
