package dev.cove.api;

import dev.cove.core.Snapshot;
import dev.cove.core.Vm;
import dev.cove.core.control.TemplateShelf;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What callers see of VMs at rest: snapshots, templates, forks.
final class CopyViews {
    private CopyViews() {}

    /// Milliseconds, as exact as they are known.
    static double millis(Duration time) {
        return Math.round(time.toNanos() / 1e3) / 1e3;
    }

    /// Copies of a running VM.
    ///
    /// @param standstill_ms for how long the original stood still
    record Forks(double standstill_ms, List<Views.Whole> vms) {}

    /// A kept snapshot.
    ///
    /// @param with_memory whether it has what the machine was doing; else the disk alone
    /// @param flushed whether the guest had written everything to its disk; null for a disk alone,
    ///   which a stopped VM has left whole
    /// @param standstill_ms for how long the guest stood still; null for a disk alone
    /// @param fits whether it can be resumed here
    record Kept(
            String id,
            String name,
            String vm,
            String image,
            int cpus,
            long memory,
            long disk,
            boolean with_memory,
            Optional<Boolean> flushed,
            Optional<Double> standstill_ms,
            long size,
            boolean fits,
            Optional<String> why_not,
            Instant created) {
        static Kept of(Snapshot snapshot, Vm vm, Optional<String> whyNot) {
            var moment = snapshot.moment();
            return new Kept(
                    snapshot.id().text(),
                    snapshot.name().text(),
                    vm.name().text(),
                    snapshot.image().name().text(),
                    snapshot.shape().cpus(),
                    snapshot.shape().memory().count(),
                    snapshot.shape().disk().count(),
                    moment.isPresent(),
                    moment.map(Snapshot.Moment::flushed),
                    moment.map(m -> millis(m.standstill())),
                    snapshot.used().count(),
                    whyNot.isEmpty(),
                    whyNot,
                    Views.rounded(snapshot.created()));
        }
    }

    /// @param uses how often it has been forked since the daemon started
    /// @param standby how many VMs stand by for it, and are ready
    /// @param fits whether it can be resumed here; one that cannot goes by itself
    record Template(
            String id,
            String image,
            String image_digest,
            int cpus,
            long memory,
            long disk,
            Optional<String> vmm,
            long size,
            int uses,
            int standby,
            boolean fits,
            Instant created,
            Instant used) {
        static Template of(Snapshot template, TemplateShelf shelf) {
            return new Template(
                    template.id().text(),
                    template.image().name().text(),
                    template.image().digest().text(),
                    template.shape().cpus(),
                    template.shape().memory().count(),
                    template.shape().disk().count(),
                    template.moment().map(Snapshot.Moment::vmm),
                    template.used().count(),
                    shelf.uses(template.id()),
                    shelf.standing(template).size(),
                    shelf.fits(template),
                    Views.rounded(template.created()),
                    Views.rounded(shelf.lastUse(template)));
        }
    }

    /// What a VM sleeps in.
    ///
    /// @param size what it takes
    record Sleeping(long size, boolean flushed, Instant since) {
        static Sleeping of(Snapshot snapshot) {
            return new Sleeping(
                    snapshot.used().count(),
                    snapshot.moment().map(Snapshot.Moment::flushed).orElse(false),
                    Views.rounded(snapshot.created()));
        }
    }
}
