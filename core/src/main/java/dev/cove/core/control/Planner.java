package dev.cove.core.control;

import dev.cove.core.Role;
import dev.cove.core.VmSpec;
import dev.cove.core.control.Observed.Disk;
import dev.cove.core.control.Observed.Plug;
import dev.cove.core.control.Observed.Run;
import java.util.ArrayList;
import java.util.List;

/// Decides what to do about a VM. The machine's process against what is asked:
///
/// | asked \ process | none          | alive, this launch | alive, earlier | off          | dead      |
/// |-----------------|---------------|--------------------|----------------|--------------|-----------|
/// | running         | make, launch² | let go on³, ready  | ask, end       | honour, end¹ | note, end¹ |
/// | running, failed | unplug        | end, unplug        | end, unplug    | end, unplug  | end, unplug |
/// | asleep          | unplug⁴       | ready, save, end   | ask, end       | honour, end  | note, end |
/// | stopped         | unplug        | ask, end, unplug   | the same       | end, unplug  | the same  |
/// | gone            | delete it all | end, delete it all | the same       | the same     | the same  |
///
/// ¹ Off or dead in an earlier launch is what a restart waits for: it is ended, and launched again.
/// ² Or resumed, where this launch goes on from a snapshot: then it is not on the bridge until it
/// knows who it is. ³ One that stands still. What it sleeps in is dropped before one that was saved
/// goes on, and once one that was resumed is ready: whatever happens until then, it can be resumed
/// once more. ⁴ Without a snapshot to sleep in it has been turned off.
public final class Planner {
    private Planner() {}

    /// The steps from what is there to what is asked for, in order; none when it is so already.
    /// Pure: same arguments, same answer.
    public static List<Step> plan(VmSpec spec, Observed seen) {
        return switch (spec.power()) {
            case RUNNING -> seen.failed() ? towardsNoProcess(seen) : towardsRunning(spec, seen);
            case ASLEEP -> towardsAsleep(spec, seen);
            case STOPPED -> towardsStopped(spec, seen);
            case GONE -> towardsGone(seen);
        };
    }

    private static List<Step> towardsRunning(VmSpec spec, Observed seen) {
        return switch (seen.run()) {
            case Run.None() -> fromNothing(spec, seen);
            case Run.Alive(var launch, var still) when launch == spec.launches() ->
                    fromAlive(spec, seen, still);
            case Run.Alive(_, var still) -> askThenKill(spec, seen, still);
            case Run.Off(var launch, var again) when launch == spec.launches() ->
                    List.of(again ? new Step.HonourReboot() : new Step.HonourPowerOff());
            case Run.Off(_, _) -> List.of(new Step.Kill());
            case Run.Dead(var launch) when launch == spec.launches() ->
                    List.of(new Step.NoteDeath());
            case Run.Dead(_) -> List.of(new Step.Kill());
        };
    }

    private static List<Step> fromNothing(VmSpec spec, Observed seen) {
        var from = spec.begins();
        var steps = new ArrayList<Step>();
        if (!seen.lease()) {
            steps.add(new Step.Lease());
        }
        if (from.isPresent() && seen.disk() != Disk.RESTORED) {
            steps.add(new Step.RestoreDisk(from.get().snapshot()));
        } else if (seen.disk() == Disk.NONE) {
            steps.add(new Step.CloneDisk());
        } else if (seen.disk() == Disk.SMALL) {
            steps.add(new Step.GrowDisk());
        }
        plug(steps, seen, !spec.resumes());
        if (spec.resumes()) {
            steps.add(new Step.Resume(from.orElseThrow().snapshot()));
            steps.add(new Step.Proceed());
        } else {
            steps.add(new Step.Launch());
        }
        getReady(steps, spec);
        return steps;
    }

    private static List<Step> fromAlive(VmSpec spec, Observed seen, boolean still) {
        var steps = new ArrayList<Step>();
        if (still) {
            // Who has been told was saved in its place, and what it was to sleep in is of the past.
            if (seen.told() && seen.saved()) {
                steps.add(new Step.DropSleep());
            }
            plug(steps, seen, seen.told());
            steps.add(new Step.Proceed());
        }
        if (!seen.told()) {
            plug(steps, seen, !spec.resumes());
            getReady(steps, spec);
        } else if (!seen.ready()) {
            plug(steps, seen, true);
            steps.add(new Step.AwaitCommand());
        } else {
            rest(steps, spec, seen);
        }
        return steps;
    }

    private static void getReady(List<Step> steps, VmSpec spec) {
        if (spec.resumes()) {
            steps.add(new Step.Become());
            steps.add(new Step.Plug(true));
        } else {
            steps.add(new Step.AwaitWord());
        }
        steps.add(new Step.AwaitCommand());
    }

    /// What is left to do for one that is ready.
    private static void rest(List<Step> steps, VmSpec spec, Observed seen) {
        plug(steps, seen, spec.role() == Role.GUEST);
        if (seen.saved()) {
            steps.add(new Step.DropSleep());
        }
        if (spec.role() == Role.TEMPLATE) {
            steps.add(new Step.KeepTemplate());
        }
    }

    private static void plug(List<Step> steps, Observed seen, boolean in) {
        if (seen.plug() != (in ? Plug.IN : Plug.OUT)) {
            steps.add(new Step.Plug(in));
        }
    }

    private static List<Step> towardsAsleep(VmSpec spec, Observed seen) {
        return switch (seen.run()) {
            case Run.None() -> seen.saved() ? towardsNoProcess(seen) : turnedOff();
            case Run.Alive(var launch, var still) when launch == spec.launches() -> {
                var steps = new ArrayList<Step>();
                if (still && seen.saved()) {
                    steps.addAll(towardsNoProcess(seen));
                } else if (seen.ready() && !still) {
                    steps.add(new Step.Save());
                    steps.addAll(towardsNoProcess(seen));
                } else {
                    steps.addAll(fromAlive(spec, seen, still));
                }
                yield steps;
            }
            case Run.Alive(_, var still) -> askThenKill(spec, seen, still);
            case Run.Off(_, _) -> turnedOff();
            case Run.Dead(_) ->
                    seen.saved() ? towardsNoProcess(seen) : List.of(new Step.NoteDeath());
        };
    }

    private static List<Step> turnedOff() {
        return List.of(new Step.HonourPowerOff());
    }

    private static List<Step> towardsStopped(VmSpec spec, Observed seen) {
        if (!(seen.run() instanceof Run.Alive(_, var still))) {
            return towardsNoProcess(seen);
        }
        var steps = new ArrayList<>(askThenKill(spec, seen, still));
        if (seen.plug() != Plug.NONE) {
            steps.add(new Step.RemoveTap());
        }
        return steps;
    }

    /// A guest that stands still hears nothing.
    private static List<Step> askThenKill(VmSpec spec, Observed seen, boolean still) {
        return seen.asked() || still
                ? List.of(new Step.Kill())
                : List.of(new Step.AskToShutDown(spec.grace()), new Step.Kill());
    }

    private static List<Step> towardsNoProcess(Observed seen) {
        var steps = new ArrayList<Step>();
        if (!(seen.run() instanceof Run.None)) {
            steps.add(new Step.Kill());
        }
        if (seen.plug() != Plug.NONE) {
            steps.add(new Step.RemoveTap());
        }
        return steps;
    }

    private static List<Step> towardsGone(Observed seen) {
        var steps = new ArrayList<>(towardsNoProcess(seen));
        if (seen.disk() != Disk.NONE) {
            steps.add(new Step.DeleteDisk());
        }
        steps.add(new Step.Forget());
        return steps;
    }
}
