package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Bytes;
import dev.cove.core.Digest;
import dev.cove.core.ImageRef;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.Resume;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.control.Observed.Disk;
import dev.cove.core.control.Observed.Plug;
import dev.cove.core.control.Observed.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final int LAUNCH = 4;
    private static final SnapshotId SNAPSHOT = new SnapshotId("sn-abcdefgh");

    @Test
    void makesEverythingOutOfNothing() {
        assertThat(Planner.plan(asked(Power.RUNNING), Observed.NOTHING))
                .containsExactly(
                        new Step.Lease(),
                        new Step.CloneDisk(),
                        new Step.Plug(true),
                        new Step.Launch(),
                        new Step.AwaitWord(),
                        new Step.AwaitCommand());
    }

    @Test
    void keepsTheAddressAndTheDiskOfAVmThatIsStartedAgain() {
        assertThat(Planner.plan(asked(Power.RUNNING), seen(new Run.None(), Plug.NONE)))
                .startsWith(new Step.Plug(true), new Step.Launch());
    }

    @Test
    void makesTheDiskOfOneThatWasResizedLargerBeforeItIsLaunched() {
        var small =
                new Observed(
                        true,
                        Disk.SMALL,
                        Plug.NONE,
                        new Run.None(),
                        false,
                        false,
                        false,
                        false,
                        false);

        assertThat(Planner.plan(asked(Power.RUNNING), small))
                .startsWith(new Step.GrowDisk(), new Step.Plug(true), new Step.Launch());
    }

    @Test
    void hasNothingToDoWhenTheGuestIsReady() {
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Alive(LAUNCH, false))))
                .isEmpty();
    }

    @Test
    void plugsInAgainWhatItAdoptedWithoutDisturbingTheGuest() {
        var adopted =
                new Observed(
                        true,
                        Disk.OWN,
                        Plug.UNKNOWN,
                        new Run.Alive(LAUNCH, false),
                        true,
                        true,
                        false,
                        false,
                        false);

        assertThat(Planner.plan(asked(Power.RUNNING), adopted))
                .containsExactly(new Step.Plug(true));
    }

    @Test
    void waitsOnlyForACommandWhenAnEarlierDaemonHeardTheWord() {
        var starting =
                new Observed(
                        true,
                        Disk.OWN,
                        Plug.IN,
                        new Run.Alive(LAUNCH, false),
                        true,
                        false,
                        false,
                        false,
                        false);

        assertThat(Planner.plan(asked(Power.RUNNING), starting))
                .containsExactly(new Step.AwaitCommand());
    }

    @Test
    void endsTheMachineOfAnEarlierLaunchBeforeItLaunchesAgain() {
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Alive(LAUNCH - 1, false))))
                .containsExactly(new Step.AskToShutDown(GRACE), new Step.Kill());
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Off(LAUNCH - 1, false))))
                .containsExactly(new Step.Kill());
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Dead(LAUNCH - 1))))
                .containsExactly(new Step.Kill());
    }

    @Test
    void takesAGuestAtItsWordWhenItTurnsItselfOff() {
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Off(LAUNCH, false))))
                .containsExactly(new Step.HonourPowerOff());
    }

    @Test
    void notesADeathThatNobodyAskedFor() {
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Dead(LAUNCH))))
                .containsExactly(new Step.NoteDeath());
    }

    @Test
    void takesAFailedLaunchDownAndTriesNoSecondTime() {
        var failed =
                new Observed(
                        true,
                        Disk.OWN,
                        Plug.IN,
                        new Run.Alive(LAUNCH, false),
                        false,
                        false,
                        false,
                        true,
                        false);

        assertThat(Planner.plan(asked(Power.RUNNING), failed))
                .containsExactly(new Step.Kill(), new Step.RemoveTap());
        assertThat(
                        Planner.plan(
                                asked(Power.RUNNING),
                                new Observed(
                                        true,
                                        Disk.OWN,
                                        Plug.NONE,
                                        new Run.None(),
                                        false,
                                        false,
                                        false,
                                        true,
                                        false)))
                .isEmpty();
    }

    @Test
    void asksOnceAndThenKills() {
        assertThat(Planner.plan(asked(Power.STOPPED), ready(new Run.Alive(LAUNCH, false))))
                .containsExactly(
                        new Step.AskToShutDown(GRACE), new Step.Kill(), new Step.RemoveTap());
        var asked =
                new Observed(
                        true,
                        Disk.OWN,
                        Plug.IN,
                        new Run.Alive(LAUNCH, false),
                        true,
                        true,
                        true,
                        false,
                        false);
        assertThat(Planner.plan(asked(Power.STOPPED), asked))
                .containsExactly(new Step.Kill(), new Step.RemoveTap());
    }

    @Test
    void keepsTheDiskOfAStoppedVm() {
        assertThat(Planner.plan(asked(Power.STOPPED), seen(new Run.None(), Plug.NONE))).isEmpty();
    }

    @Test
    void deletesWithoutAsking() {
        assertThat(Planner.plan(asked(Power.GONE), ready(new Run.Alive(LAUNCH, false))))
                .containsExactly(
                        new Step.Kill(),
                        new Step.RemoveTap(),
                        new Step.DeleteDisk(),
                        new Step.Forget());
    }

    @Test
    void removesATapThatItDoesNotKnowOf() {
        assertThat(Planner.plan(asked(Power.GONE), seen(new Run.None(), Plug.UNKNOWN)))
                .startsWith(new Step.RemoveTap());
    }

    @Test
    void forgetsAVmOfWhichNothingIsThere() {
        assertThat(Planner.plan(asked(Power.GONE), Observed.NOTHING))
                .containsExactly(new Step.Forget());
    }

    @Test
    void keepsAResumedGuestOffTheBridgeUntilItKnowsWhoItIs() {
        assertThat(Planner.plan(resuming(), Observed.NOTHING))
                .containsExactly(
                        new Step.Lease(),
                        new Step.RestoreDisk(SNAPSHOT),
                        new Step.Plug(false),
                        new Step.Resume(SNAPSHOT),
                        new Step.Proceed(),
                        new Step.Become(),
                        new Step.Plug(true),
                        new Step.AwaitCommand());
    }

    @Test
    void takesAResumedGuestOffTheBridgeOfWhichNobodyKnowsWhatItWasTold() {
        var adopted = seen(new Run.Alive(LAUNCH, true), Plug.UNKNOWN);

        assertThat(Planner.plan(resuming(), adopted))
                .startsWith(new Step.Plug(false), new Step.Proceed());
    }

    @Test
    void savesOnlyAGuestThatIsReadyAndThenEndsIt() {
        assertThat(Planner.plan(asked(Power.ASLEEP), ready(new Run.Alive(LAUNCH, false))))
                .containsExactly(new Step.Save(), new Step.Kill(), new Step.RemoveTap());
        assertThat(Planner.plan(asked(Power.ASLEEP), seen(new Run.Alive(LAUNCH, false), Plug.IN)))
                .containsExactly(new Step.AwaitWord(), new Step.AwaitCommand());
    }

    @Test
    void endsAMachineThatHasBeenSavedAndStandsStill() {
        assertThat(Planner.plan(asked(Power.ASLEEP), saved(new Run.Alive(LAUNCH, true))))
                .containsExactly(new Step.Kill(), new Step.RemoveTap());
        assertThat(Planner.plan(asked(Power.ASLEEP), saved(new Run.Dead(LAUNCH))))
                .containsExactly(new Step.Kill(), new Step.RemoveTap());
    }

    @Test
    void dropsWhatItWasToSleepInBeforeItGoesOnAfterAll() {
        assertThat(Planner.plan(asked(Power.RUNNING), saved(new Run.Alive(LAUNCH, true))))
                .startsWith(new Step.DropSleep(), new Step.Proceed());
    }

    @Test
    void takesOneThatWasToSleepForTurnedOffWhenThereIsNothingToSleepIn() {
        assertThat(Planner.plan(asked(Power.ASLEEP), seen(new Run.None(), Plug.NONE)))
                .containsExactly(new Step.HonourPowerOff());
    }

    @Test
    void launchesAnewAGuestThatWantsToBootAgain() {
        assertThat(Planner.plan(asked(Power.RUNNING), ready(new Run.Off(LAUNCH, true))))
                .containsExactly(new Step.HonourReboot());
    }

    @Test
    void asksNothingOfAGuestThatStandsStill() {
        assertThat(Planner.plan(asked(Power.STOPPED), ready(new Run.Alive(LAUNCH, true))))
                .startsWith(new Step.Kill());
    }

    @Test
    void keepsOneThatStandsByOffTheBridgeOnceItIsReady() {
        var standby = resuming().inRole(Role.STANDBY);

        assertThat(Planner.plan(standby, ready(new Run.Alive(LAUNCH, false))))
                .containsExactly(new Step.Plug(false));
    }

    @Test
    void keepsATemplateOnceItsGuestIsReady() {
        var maker = asked(Power.RUNNING).inRole(Role.TEMPLATE);

        assertThat(Planner.plan(maker, ready(new Run.Alive(LAUNCH, false))))
                .containsExactly(new Step.Plug(false), new Step.KeepTemplate());
    }

    private static VmSpec resuming() {
        var spec = asked(Power.RUNNING);
        return new VmSpec(
                spec.id(),
                spec.name(),
                spec.owner(),
                spec.role(),
                spec.image(),
                spec.shape(),
                spec.vmm(),
                spec.keys(),
                spec.labels(),
                spec.power(),
                spec.launches(),
                Optional.of(new Resume(LAUNCH, SNAPSHOT, Snapshot.Kind.FORK, true)),
                spec.grace(),
                spec.sleepAfter(),
                spec.created());
    }

    private static Observed saved(Run run) {
        return new Observed(true, Disk.OWN, Plug.IN, run, true, true, false, false, true);
    }

    private static Observed ready(Run run) {
        return new Observed(true, Disk.OWN, Plug.IN, run, true, true, false, false, false);
    }

    private static Observed seen(Run run, Plug tap) {
        return new Observed(true, Disk.OWN, tap, run, false, false, false, false, false);
    }

    private static VmSpec asked(Power power) {
        return new VmSpec(
                new VmId("vm-abcdefgh"),
                new Name("web"),
                new Owner("ada"),
                Role.GUEST,
                new ImageRef(new Name("debian"), new Digest("sha256:" + "0".repeat(64))),
                new Shape(1, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                power,
                LAUNCH,
                Optional.empty(),
                GRACE,
                Optional.empty(),
                Instant.EPOCH);
    }
}
