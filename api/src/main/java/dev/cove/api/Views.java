package dev.cove.api;

import dev.cove.core.Durations;
import dev.cove.core.Finding;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.Snapshot;
import dev.cove.core.Token;
import dev.cove.core.Vm;
import dev.cove.core.port.GuestShell;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What callers see of the domain's records: the shapes that openapi.yaml promises. Nothing secret
/// has a place in them.
final class Views {
    private Views() {}

    /// A VM in a list.
    record Row(
            String id,
            String name,
            String state,
            String image,
            Optional<String> address,
            int cpus,
            long memory,
            long disk,
            Optional<String> vmm,
            Optional<String> accelerator,
            Optional<String> origin,
            Optional<String> sleep_after,
            Instant created,
            String owner,
            Map<String, String> labels) {
        static Row of(Vm vm) {
            var spec = vm.spec();
            var status = vm.status();
            return new Row(
                    spec.id().text(),
                    spec.name().text(),
                    vm.state().toString(),
                    spec.image().name().text(),
                    status.address().map(Object::toString),
                    spec.shape().cpus(),
                    spec.shape().memory().count(),
                    spec.shape().disk().count(),
                    status.vmm().or(spec::vmm),
                    status.accelerator().map(Object::toString),
                    vm.origin().map(Object::toString),
                    spec.sleepAfter().map(Durations::text),
                    rounded(spec.created()),
                    spec.owner().text(),
                    spec.labels().pairs());
        }
    }

    /// One VM in full.
    ///
    /// @param timings milliseconds by step
    /// @param sleeping what it sleeps in
    /// @param process, paths for administrators only
    record Whole(
            @com.fasterxml.jackson.annotation.JsonUnwrapped Row row,
            String image_digest,
            Optional<String> step,
            Optional<String> reason,
            Instant since,
            Map<String, Long> timings,
            Optional<CopyViews.Sleeping> sleeping,
            Optional<Vmm> process,
            Optional<Paths> paths) {
        static Whole of(Vm vm, Optional<Snapshot> sleep, Optional<Paths> paths) {
            var status = vm.status();
            var timings = new LinkedHashMap<String, Long>();
            status.timings().forEach((step, took) -> timings.put(step, took.toMillis()));
            return new Whole(
                    Row.of(vm),
                    vm.spec().image().digest().text(),
                    status.step(),
                    status.reason(),
                    rounded(status.since()),
                    timings,
                    sleep.map(CopyViews.Sleeping::of),
                    paths.flatMap(_ -> status.process()).map(p -> new Vmm(p.pid())),
                    paths);
        }
    }

    record Vmm(long pid) {}

    record Paths(String folder, String console, Optional<String> disk) {}

    /// How to log in.
    record Ssh(
            String vm,
            String name,
            String host,
            int port,
            String user,
            String host_key,
            String known_hosts,
            String proxy) {
        static Ssh of(GuestShell.Guest guest, Name name) {
            var key = guest.hostKey().type() + " " + guest.hostKey().base64();
            return new Ssh(
                    guest.id().text(),
                    name.text(),
                    guest.address().toString(),
                    22,
                    guest.user(),
                    key,
                    guest.address() + " " + key,
                    "/v1/vms/" + guest.id() + "/proxy/22");
        }
    }

    record Picture(
            String name,
            String digest,
            long size,
            long used,
            String origin,
            String user,
            Instant created) {
        static Picture of(Image image) {
            return new Picture(
                    image.name().text(),
                    image.digest().text(),
                    image.size().count(),
                    image.used().count(),
                    image.origin(),
                    image.user(),
                    rounded(image.created()));
        }
    }

    record Right(String name, String owner, boolean administrator, Instant created) {
        static Right of(Token token) {
            return new Right(
                    token.name().text(),
                    token.owner().text(),
                    token.administrator(),
                    rounded(token.created()));
        }
    }

    /// A token just made, with its secret, this once.
    record NewRight(@com.fasterxml.jackson.annotation.JsonUnwrapped Right right, String secret) {}

    record Happening(
            long number, Instant at, String type, String subject, Map<String, String> details) {}

    record Advice(String level, String subject, String says, String remedy) {
        static Advice of(Finding finding) {
            return new Advice(
                    finding.level().name().toLowerCase(Locale.ROOT),
                    finding.subject(),
                    finding.says(),
                    finding.remedy());
        }
    }

    /// RFC 3339 to the millisecond, which is all that anybody reads.
    static Instant rounded(Instant time) {
        return time.truncatedTo(ChronoUnit.MILLIS);
    }
}
