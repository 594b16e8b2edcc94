package dev.cove.api;

import dev.cove.core.Caller;
import dev.cove.core.VmId;
import dev.cove.core.VmState;
import dev.cove.core.control.Vms;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/// `/v1/vms/{vm}/log`: what the guest wrote to its console.
final class LogRoutes {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final int BUFFER = 32 << 10;

    private final Vms vms;
    private final VmPaths paths;
    private final Slots slots;

    LogRoutes(Vms vms, VmPaths paths, Slots slots) {
        this.vms = vms;
        this.paths = paths;
        this.slots = slots;
    }

    void register(Routes routes) {
        routes.get("/v1/vms/{vm}/log", this::log);
    }

    private void log(Call call) throws Exception {
        var query = call.query("tail", "follow");
        var tail = query.number("tail", 1_000_000);
        var follow = query.flag("follow");
        var vm = vms.find(call.caller(), call.path("vm"));
        if (follow) {
            call.takeNoMore();
        }
        try (var _ = slots.take(call.caller().owner())) {
            call.waiting(() -> {
                stream(call, vm.id(), tail, follow);
                return true;
            });
        }
    }

    private void stream(Call call, VmId id, Optional<Long> tail, boolean follow) throws Exception {
        var file = paths.console(id);
        var out = call.streaming("text/plain; charset=utf-8");
        var at = tail.isPresent() ? startOfTail(file, tail.get()) : 0;
        at = copy(file, at, out);
        while (follow) {
            // Looked up before the copy: what was written until then still comes.
            var over = !isUp(call.caller(), id);
            at = copy(file, at, out);
            out.flush();
            if (over || call.hungUp()) {
                return;
            }
            Thread.sleep(LOOK);
        }
    }

    private boolean isUp(Caller caller, VmId id) {
        return vms.list(caller).stream()
                .filter(vm -> vm.id().equals(id))
                .anyMatch(vm -> !isDown(vm.state()));
    }

    private static boolean isDown(VmState state) {
        return switch (state) {
            case STOPPED, ASLEEP, FAILED -> true;
            case CREATING, STARTING, RUNNING, STOPPING, DELETING -> false;
        };
    }

    /// Copies what is there from a position on; from the start when the log has become shorter,
    /// since it is cut when it grows too long and begun anew with each launch.
    private static long copy(Path file, long from, OutputStream out) throws IOException {
        try (var log = FileChannel.open(file, StandardOpenOption.READ)) {
            var at = log.size() < from ? 0 : from;
            var buffer = ByteBuffer.allocate(BUFFER);
            int count;
            while ((count = log.read(buffer, at)) > 0) {
                out.write(buffer.array(), 0, count);
                buffer.clear();
                at += count;
            }
            return at;
        } catch (NoSuchFileException e) {
            return 0; // it has never been started
        }
    }

    /// Where the last lines begin.
    private static long startOfTail(Path file, long lines) throws IOException {
        try (var log = FileChannel.open(file, StandardOpenOption.READ)) {
            var at = log.size();
            var left = lines + (endsWithNewline(log) ? 1 : 0);
            while (at > 0 && left > 0) {
                var begin = Math.max(0, at - BUFFER);
                var buffer = ByteBuffer.allocate((int) (at - begin));
                log.read(buffer, begin);
                for (var i = buffer.position() - 1; i >= 0; i--) {
                    if (buffer.get(i) == '\n' && --left == 0) {
                        return begin + i + 1;
                    }
                }
                at = begin;
            }
            return lines == 0 ? log.size() : at;
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private static boolean endsWithNewline(FileChannel log) throws IOException {
        var last = ByteBuffer.allocate(1);
        return log.size() > 0 && log.read(last, log.size() - 1) == 1 && last.get(0) == '\n';
    }
}
