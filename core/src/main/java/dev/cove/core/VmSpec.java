package dev.cove.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
        return with(Power.RUNNING, launches + 1, Optional.empty(), grace);
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
        return with(Power.RUNNING, begins.launch(), Optional.of(begins), Duration.ZERO);
    }

    public VmSpec running() {
        return with(Power.RUNNING, launches, resume, grace);
    }

    public VmSpec stopped(Duration newGrace) {
        return with(Power.STOPPED, launches, resume, newGrace);
    }

    public VmSpec asleep() {
        return with(Power.ASLEEP, launches, resume, grace);
    }

    public VmSpec gone(Duration newGrace) {
        return with(Power.GONE, launches, resume, newGrace);
    }

    public VmSpec renamed(Name newName) {
        return new VmSpec(
                id,
                newName,
                owner,
                role,
                image,
                shape,
                vmm,
                keys,
                labels,
                power,
                launches,
                resume,
                grace,
                sleepAfter,
                created);
    }

    public VmSpec labelled(Labels newLabels) {
        return new VmSpec(
                id,
                name,
                owner,
                role,
                image,
                shape,
                vmm,
                keys,
                newLabels,
                power,
                launches,
                resume,
                grace,
                sleepAfter,
                created);
    }

    /// The same VM, there for something else.
    public VmSpec inRole(Role newRole) {
        return new VmSpec(
                id,
                name,
                owner,
                newRole,
                image,
                shape,
                vmm,
                keys,
                labels,
                power,
                launches,
                resume,
                grace,
                sleepAfter,
                created);
    }

    public VmSpec shaped(Shape newShape) {
        return new VmSpec(
                id,
                name,
                owner,
                role,
                image,
                newShape,
                vmm,
                keys,
                labels,
                power,
                launches,
                resume,
                grace,
                sleepAfter,
                created);
    }

    public VmSpec sleepingAfter(Optional<Duration> idle) {
        return new VmSpec(
                id, name, owner, role, image, shape, vmm, keys, labels, power, launches, resume,
                grace, idle, created);
    }

    /// Makes one that stands by what somebody has asked for. Its machine stays the one that it is.
    public VmSpec takenFor(VmSpec wanted) {
        return new VmSpec(
                id,
                wanted.name,
                wanted.owner,
                Role.GUEST,
                image,
                wanted.shape,
                vmm,
                wanted.keys,
                wanted.labels,
                Power.RUNNING,
                launches,
                resume,
                wanted.grace,
                wanted.sleepAfter,
                wanted.created);
    }

    private VmSpec with(
            Power newPower, int newLaunches, Optional<Resume> newResume, Duration newGrace) {
        return new VmSpec(
                id,
                name,
                owner,
                role,
                image,
                shape,
                vmm,
                keys,
                labels,
                newPower,
                newLaunches,
                newResume,
                newGrace,
                sleepAfter,
                created);
    }
}
