package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.control.Vms;
import dev.cove.core.port.GuestShell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/// `/v1/vms/{vm}/files`: a tar out of a guest, a tar into it, made and unpacked by the guest's own
/// `tar`.
final class FileRoutes {
    private static final int LONGEST_PATH = 4096;
    private static final int MOST_WORDS = 2048;
    private static final int BUFFER = 32 << 10;
    private static final int ABSENT = 44;

    /// GNU tar's: a file changed while it was read, as files in a running system do.
    private static final int CHANGED = 1;

    private static final int FAILED = 2;

    // The path is an argument of these, never a part of them.
    private static final String OUT =
            "test -e \"$1\" || test -L \"$1\" || exit 44; exec tar -C \"$2\" -cf - -- \"$3\"";
    private static final String IN = "mkdir -p -- \"$1\" && exec tar -C \"$1\" -xof -";

    private final Vms vms;
    private final GuestShell shell;
    private final Slots slots;

    FileRoutes(Vms vms, GuestShell shell, Slots slots) {
        this.vms = vms;
        this.shell = shell;
        this.slots = slots;
    }

    void register(Routes routes) {
        routes.get("/v1/vms/{vm}/files", this::out);
        routes.put("/v1/vms/{vm}/files", this::in);
    }

    private void out(Call call) throws Exception {
        var path = path(call);
        var slash = path.lastIndexOf('/');
        var folder = slash == 0 ? "/" : path.substring(0, slash);
        var name = path.equals("/") ? "." : path.substring(slash + 1);
        var guest = vms.guest(call.caller(), call.path("vm"));
        call.takeNoMore();
        try (var _ = slots.take(call.caller().owner(), guest.id());
                var session = shell.exec(guest, script(OUT, path, folder, name));
                var _ = Attention.to(call::hungUp, session::close)) {
            session.stdin().close();
            call.waiting(() -> {
                send(call, session, path);
                return true;
            });
        }
    }

    private static void send(Call call, GuestShell.Session session, String path) throws Exception {
        var words = inBackground(() -> words(session.stderr()));
        var buffer = new byte[BUFFER];
        var in = session.stdout();
        var count = in.read(buffer);
        if (count < 0) {
            throw refusal(session.await(), words.get(), path);
        }
        var out = call.streaming("application/x-tar");
        for (; count >= 0; count = in.read(buffer)) {
            out.write(buffer, 0, count);
        }
        // An archive that lacks its end must not look whole, so a lost guest counts as a failure.
        if (session.await().orElse(FAILED) > CHANGED) {
            call.breakOff();
        }
    }

    private void in(Call call) throws Exception {
        var path = path(call);
        var guest = vms.guest(call.caller(), call.path("vm"));
        call.takeNoMore();
        try (var _ = slots.take(call.caller().owner(), guest.id());
                var session = shell.exec(guest, script(IN, path))) {
            call.waiting(() -> {
                receive(call, session, path);
                return true;
            });
        }
        call.nothing();
    }

    private static void receive(Call call, GuestShell.Session session, String path)
            throws Exception {
        var words = inBackground(() -> words(session.stderr()));
        var ignored = inBackground(() -> words(session.stdout()));
        var exit = feed(call.stream(), session) ? awaitEnd(call, session) : session.await();
        var _ = ignored.get();
        if (exit.orElse(-1) != 0) {
            throw refusal(exit, words.get(), path);
        }
    }

    private static OptionalInt awaitEnd(Call call, GuestShell.Session session)
            throws InterruptedException {
        try (var _ = Attention.to(call::hungUp, session::close)) {
            return session.await();
        }
    }

    /// @return whether the body has been read to its end
    private static boolean feed(InputStream body, GuestShell.Session session) throws IOException {
        var buffer = new byte[BUFFER];
        int count;
        while ((count = body.read(buffer)) >= 0) {
            try {
                session.stdin().write(buffer, 0, count);
            } catch (IOException e) {
                return false; // tar has given up; its exit code and its words tell why
            }
        }
        session.stdin().close();
        return true;
    }

    private static CoveException refusal(OptionalInt exit, String words, String path) {
        if (exit.isEmpty()) {
            return CoveException.unavailable(
                    "the connection to the guest was lost; see: cove inspect");
        }
        var shown = Printable.of(path, 200);
        if (exit.getAsInt() == ABSENT) {
            return CoveException.notFound("there is no " + shown + " in the guest");
        }
        return CoveException.conflict(
                "the guest's tar failed at "
                        + shown
                        + " with exit code "
                        + exit.getAsInt()
                        + ": "
                        + Printable.of(words.strip().replaceAll("\\s+", " "), 500));
    }

    private static String path(Call call) {
        var path =
                call.query("path")
                        .text("path")
                        .orElseThrow(
                                () -> CoveException.invalid("?path is missing: an absolute path"));
        if (!path.startsWith("/") || path.length() > LONGEST_PATH || path.indexOf('\0') >= 0) {
            throw CoveException.invalid(
                    "?path has to be an absolute path of at most "
                            + LONGEST_PATH
                            + " characters, not \""
                            + Printable.of(path, 80)
                            + "\"");
        }
        var trimmed = path.replaceAll("/+$", "");
        return trimmed.isEmpty() ? "/" : trimmed;
    }

    private static GuestShell.Command script(String script, String... arguments) {
        var line = new java.util.ArrayList<>(List.of("sh", "-c", script, "cove"));
        line.addAll(List.of(arguments));
        return new GuestShell.Command(
                line, Map.of(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// All that a stream says, of which the first part is kept.
    private static String words(InputStream stream) throws IOException {
        var kept = new ByteArrayOutputStream();
        var buffer = new byte[BUFFER];
        int count;
        while ((count = stream.read(buffer)) >= 0) {
            kept.write(buffer, 0, Math.min(count, MOST_WORDS - kept.size()));
        }
        return kept.toString(StandardCharsets.UTF_8);
    }

    private static FutureTask<String> inBackground(Callable<String> reading) {
        var task = new FutureTask<>(reading);
        Thread.ofVirtual().start(task);
        return task;
    }
}
