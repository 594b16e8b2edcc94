package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SshKey;
import dev.cove.core.Vm;
import dev.cove.core.control.Exporting;
import dev.cove.core.control.Importing;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// `/v1/vms/{vm}/export` and `/v1/imports`: VMs as files (docs/export-format.md).
final class TransferRoutes {
    private static final String FILE = "application/octet-stream";

    /// Who is cut off in the middle of sending does not hear why.
    private static final long PARDONED = 4 << 20;

    private final Exporting exporting;
    private final Importing importing;
    private final VmAnswers answers;
    private final Slots slots;

    TransferRoutes(Exporting exporting, Importing importing, VmAnswers answers, Slots slots) {
        this.exporting = exporting;
        this.importing = importing;
        this.answers = answers;
        this.slots = slots;
    }

    void register(Routes routes) {
        routes.get("/v1/vms/{vm}/export", this::out);
        routes.post("/v1/imports", this::in);
    }

    private void out(Call call) throws Exception {
        var running = call.query("running").flag("running");
        var vm = answers.find(call);
        call.takeNoMore();
        try (var _ = slots.take(call.caller().owner(), vm.id())) {
            call.waiting(() -> {
                send(call, vm, running);
                return true;
            });
        }
    }

    private void send(Call call, Vm vm, boolean running) throws Exception {
        try (var parcel = exporting.take(call.caller(), vm.id().text(), running)) {
            var moment = parcel.moment();
            call.tell("Cove-With-Memory", Boolean.toString(moment.isPresent()));
            call.tell("Cove-Flushed", Boolean.toString(parcel.flushed()));
            // One that sleeps stood still long ago.
            moment.map(Snapshot.Moment::standstill)
                    .filter(s -> !s.isZero())
                    .ifPresent(s -> call.tell("Cove-Standstill-Ms", millis(s)));
            var file = call.streaming(FILE);
            try {
                parcel.writeTo(file);
            } catch (IOException e) {
                call.breakOff();
                throw CoveException.unavailable("the client has gone: " + e.getMessage(), e);
            } catch (CoveException | InterruptedException e) {
                // What has no end must not look whole.
                call.breakOff();
                throw e;
            }
        }
    }

    private static String millis(Duration time) {
        return String.format(Locale.ROOT, "%.1f", CopyViews.millis(time));
    }

    private void in(Call call) throws Exception {
        var query = call.query("wait", "name", "image", "cpus", "memory", "ssh_key", "cold");
        var wait = query.duration("wait", Call.LONGEST_WAIT);
        var wish =
                new Importing.Wish(
                        query.text("name").map(Name::new),
                        query.text("image").map(Name::new),
                        query.number("cpus", Shape.MOST_CPUS).map(Long::intValue),
                        query.text("memory").map(dev.cove.core.Bytes::parse),
                        query.all("ssh_key").stream().map(SshKey::parse).toList(),
                        query.flag("cold"));
        call.takeNoMore();
        Vm vm;
        try (var _ = slots.take(call.caller().owner())) {
            vm = call.waiting(() -> take(call, wish));
        }
        answers.created(call, vm, wait);
    }

    private Vm take(Call call, Importing.Wish wish) throws IOException, InterruptedException {
        var file = call.stream();
        try {
            return importing.take(call.caller(), file, wish);
        } catch (CoveException e) {
            var _ = file.skip(PARDONED);
            throw e;
        } catch (IOException e) {
            throw CoveException.unavailable("the file broke off: " + e.getMessage(), e);
        }
    }
}
