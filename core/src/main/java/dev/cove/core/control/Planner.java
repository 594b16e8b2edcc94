package dev.cove.core.control;

import dev.cove.core.VmSpec;
import dev.cove.core.control.Observed.Presence;
import dev.cove.core.control.Observed.Run;
import java.util.ArrayList;
import java.util.List;

/// Decides what to do about a VM. The machine's process against what is asked:
///
/// | asked \ process | none            | alive, this launch | alive, earlier | off          | dead     |
/// |-----------------|-----------------|--------------------|----------------|--------------|----------|
/// | running         | make, launch    | await ready        | ask, end       | honour, end¹ | note, end¹ |
/// | running, failed | unplug          | end, unplug        | end, unplug    | end, unplug  | end, unplug |
/// | stopped         | unplug          | ask, end, unplug   | the same       | end, unplug  | the same |
/// | gone            | delete it all   | end, delete it all | the same       | the same     | the same |
///
/// ¹ Off or dead in an earlier launch is what a restart waits for: it is ended, and launched again.
public final class Planner {
    private Planner() {}

    /// The steps from what is there to what is asked for, in order; none when it is so already.
    /// Pure: same arguments, same answer.
    public static List<Step> plan(VmSpec spec, Observed seen) {
        return switch (spec.power()) {
            case RUNNING -> seen.failed() ? towardsNoProcess(seen) : towardsRunning(spec, seen);
            case STOPPED -> towardsStopped(spec, seen);
            case GONE -> towardsGone(seen);
        };
    }

    private static List<Step> towardsRunning(VmSpec spec, Observed seen) {
        return switch (seen.run()) {
            case Run.None() -> fromNothing(seen);
            case Run.Alive(var launch) when launch == spec.launches() -> fromAlive(seen);
            case Run.Alive(_) -> askThenKill(spec, seen);
            case Run.Off(var launch) when launch == spec.launches() ->
                    List.of(new Step.HonourPowerOff());
            case Run.Off(_) -> List.of(new Step.Kill());
            case Run.Dead(var launch) when launch == spec.launches() ->
                    List.of(new Step.NoteDeath());
            case Run.Dead(_) -> List.of(new Step.Kill());
        };
    }

    private static List<Step> fromNothing(Observed seen) {
        var steps = new ArrayList<Step>();
        if (!seen.lease()) {
            steps.add(new Step.Lease());
        }
        if (!seen.disk()) {
            steps.add(new Step.CloneDisk());
        }
        if (seen.tap() != Presence.YES) {
            steps.add(new Step.MakeTap());
        }
        steps.add(new Step.Launch());
        steps.add(new Step.AwaitWord());
        steps.add(new Step.AwaitCommand());
        return steps;
    }

    private static List<Step> fromAlive(Observed seen) {
        var steps = new ArrayList<Step>();
        if (seen.tap() != Presence.YES) {
            steps.add(new Step.MakeTap());
        }
        if (!seen.ready()) {
            if (!seen.word()) {
                steps.add(new Step.AwaitWord());
            }
            steps.add(new Step.AwaitCommand());
        }
        return steps;
    }

    private static List<Step> towardsStopped(VmSpec spec, Observed seen) {
        if (!(seen.run() instanceof Run.Alive)) {
            return towardsNoProcess(seen);
        }
        var steps = new ArrayList<>(askThenKill(spec, seen));
        if (seen.tap() != Presence.NO) {
            steps.add(new Step.RemoveTap());
        }
        return steps;
    }

    private static List<Step> askThenKill(VmSpec spec, Observed seen) {
        return seen.asked()
                ? List.of(new Step.Kill())
                : List.of(new Step.AskToShutDown(spec.grace()), new Step.Kill());
    }

    private static List<Step> towardsNoProcess(Observed seen) {
        var steps = new ArrayList<Step>();
        if (!(seen.run() instanceof Run.None)) {
            steps.add(new Step.Kill());
        }
        if (seen.tap() != Presence.NO) {
            steps.add(new Step.RemoveTap());
        }
        return steps;
    }

    private static List<Step> towardsGone(Observed seen) {
        var steps = new ArrayList<>(towardsNoProcess(seen));
        if (seen.disk()) {
            steps.add(new Step.DeleteDisk());
        }
        steps.add(new Step.Forget());
        return steps;
    }
}
