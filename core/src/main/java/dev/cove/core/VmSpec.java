package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What is asked for: everything about a VM that somebody decided.
///
/// @param vmm the VMM to use; empty means whichever works best here
/// @param keys the public keys that may log in, besides the daemon's own
/// @param launches how often a start was asked for; a machine of an earlier launch is an old one
/// @param resume the launch that resumes a snapshot, if one does
/// @param grace how long a guest may take to shut down before it is killed
/// @param sleepAfter how long nobody has to use it before it is put to sleep; empty for never
public record VmSpec(
        VmId id,
        Name name,
        Owner owner,
        Role role,
        ImageRef image,
        Shape shape,
        Optional<String> vmm,
        List<SshKey> keys,
        Labels labels,
        Power power,
        int launches,
        Optional<Resume> resume,
        Duration grace,
        Optional<Duration> sleepAfter,
        Instant created) {
    public VmSpec {
        role = Role.orGuest(role);
        keys = List.copyOf(keys);
    }

    /// What the present launch begins with, if not with the VM's own disk.
    public Optional<Resume> begins() {
        return resume.filter(r -> r.launch() == launches);
    }

    /// Whether the present launch resumes a machine, and so does not boot.
    public boolean resumes() {
        return begins().filter(Resume::memory).isPresent();
    }

    /// Asks for one more launch, which boots: what `start` and `restart` do.
    public VmSpec launchedAgain() {
        return but(s -> {
            s.power = Power.RUNNING;
            s.launches++;
            s.resume = Optional.empty();
        });
    }

    /// Asks for one more launch, which begins with a snapshot; what runs now is dropped.
    public VmSpec resumed(Snapshot snapshot) {
        return begun(Resume.of(launches + 1, snapshot));
    }

    /// The same with the snapshot's disk alone, which is booted.
    public VmSpec booted(Snapshot snapshot) {
        return begun(Resume.of(launches + 1, snapshot).booting());
    }

    private VmSpec begun(Resume begins) {
        return but(s -> {
            s.power = Power.RUNNING;
            s.launches = begins.launch();
            s.resume = Optional.of(begins);
            s.grace = Duration.ZERO;
        });
    }

    public VmSpec running() {
        return but(s -> s.power = Power.RUNNING);
    }

    public VmSpec stopped(Duration newGrace) {
        return ended(Power.STOPPED, newGrace);
    }

    public VmSpec asleep() {
        return but(s -> s.power = Power.ASLEEP);
    }

    public VmSpec gone(Duration newGrace) {
        return ended(Power.GONE, newGrace);
    }

    private VmSpec ended(Power newPower, Duration newGrace) {
        return but(s -> {
            s.power = newPower;
            s.grace = newGrace;
        });
    }

    public VmSpec renamed(Name newName) {
        return but(s -> s.name = newName);
    }

    public VmSpec labelled(Labels newLabels) {
        return but(s -> s.labels = newLabels);
    }

    /// The same VM, there for something else.
    public VmSpec inRole(Role newRole) {
        return but(s -> s.role = newRole);
    }

    public VmSpec shaped(Shape newShape) {
        return but(s -> s.shape = newShape);
    }

    public VmSpec sleepingAfter(Optional<Duration> idle) {
        return but(s -> s.sleepAfter = idle);
    }

    /// Makes one that stands by what somebody has asked for. Its machine stays the one that it is.
    public VmSpec takenFor(VmSpec wanted) {
        return but(s -> {
            s.name = wanted.name;
            s.owner = wanted.owner;
            s.role = Role.GUEST;
            s.shape = wanted.shape;
            s.keys = wanted.keys;
            s.labels = wanted.labels;
            s.power = Power.RUNNING;
            s.grace = wanted.grace;
            s.sleepAfter = wanted.sleepAfter;
            s.created = wanted.created;
        });
    }

    private VmSpec but(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return new VmSpec(
                id,
                draft.name,
                draft.owner,
                draft.role,
                image,
                draft.shape,
                vmm,
                draft.keys,
                draft.labels,
                draft.power,
                draft.launches,
                draft.resume,
                draft.grace,
                draft.sleepAfter,
                draft.created);
    }

    /// What can change of a spec, while it does.
    private static final class Draft {
        private Name name;
        private Owner owner;
        private Role role;
        private Shape shape;
        private List<SshKey> keys;
        private Labels labels;
        private Power power;
        private int launches;
        private Optional<Resume> resume;
        private Duration grace;
        private Optional<Duration> sleepAfter;
        private Instant created;

        Draft(VmSpec spec) {
            name = spec.name;
            owner = spec.owner;
            role = spec.role;
            shape = spec.shape;
            keys = spec.keys;
            labels = spec.labels;
            power = spec.power;
            launches = spec.launches;
            resume = spec.resume;
            grace = spec.grace;
            sleepAfter = spec.sleepAfter;
            created = spec.created;
        }
    }
}
