package dev.cove.client;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// VMs as files: out of a daemon, and into one.
public final class Transfers {
    private static final Duration SAVING = Duration.ofMinutes(6);
    private static final Duration SENDING = Duration.ofHours(12);
    private static final String FILE = "application/octet-stream";

    private final Calls calls;

    Transfers(Calls calls) {
        this.calls = calls;
    }

    /// A VM's file as it comes. Whoever has it closes it.
    ///
    /// @param content throws when it breaks off before its end
    /// @param withMemory whether what the VM was doing is in it
    /// @param flushed whether its disk has all that the guest had written
    /// @param standstill for how long it stood still, in milliseconds
    public record Exported(
            InputStream content,
            boolean withMemory,
            boolean flushed,
            Optional<String> standstill,
            Runnable closing)
            implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    /// Begins to export a VM.
    ///
    /// @param running with what it is doing
    public Exported export(String vm, boolean running) {
        var query = Calls.vm(vm).then("export");
        if (running) {
            query.with("running", "true");
        }
        var response = calls.answer(Request.of("GET", query.toString()).within(SAVING));
        var headers = response.headers();
        return new Exported(
                response.body(),
                "true".equals(headers.get("cove-with-memory")),
                "true".equals(headers.get("cove-flushed")),
                Optional.ofNullable(headers.get("cove-standstill-ms")),
                response::close);
    }

    /// What is to be made of a file. What is left out is as the file says.
    ///
    /// @param memory a size as people write it: `512M`
    /// @param keys lines as in `authorized_keys`, besides those in the file
    /// @param cold whether its disk is booted, and what it was doing left out
    public record Wish(
            Optional<String> name,
            Optional<String> image,
            Optional<Integer> cpus,
            Optional<String> memory,
            List<String> keys,
            boolean cold) {}

    /// Makes a VM of a file.
    ///
    /// @param length of the file; negative when it is not known
    /// @param wait how long to wait until it has settled, once the file is there
    public VmInfo take(Wish wish, long length, CoveClient.Upload file, Duration wait) {
        var query = Query.at("/v1/imports");
        wish.name().ifPresent(n -> query.with("name", n));
        wish.image().ifPresent(i -> query.with("image", i));
        wish.cpus().ifPresent(c -> query.with("cpus", Integer.toString(c)));
        wish.memory().ifPresent(m -> query.with("memory", m));
        wish.keys().forEach(k -> query.with("ssh_key", k));
        if (wish.cold()) {
            query.with("cold", "true");
        }
        var path = Calls.waiting(query, wait).toString();
        var body = new Request.Body(FILE, length, file::writeTo);
        return VmInfo.of(
                calls.json(Request.of("POST", path).within(wait.plus(SENDING)).sending(body)));
    }
}
