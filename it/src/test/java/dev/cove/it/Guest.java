package dev.cove.it;

import dev.cove.client.CoveClient;
import dev.cove.client.ExecCommand;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The inside of a VM, as `cove exec` gets there.
record Guest(CoveClient client, String vm) {
    /// What a command in it said.
    record Said(int exit, String out, String err) {}

    /// Runs a line of shell.
    Said run(String script) {
        var command =
                new ExecCommand(
                        List.of("sh", "-c", script),
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        try (var session = client.exec(vm, command)) {
            var exit = session.run(out, err);
            return new Said(
                    exit,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        }
    }

    /// Runs a line of shell that has to succeed.
    ///
    /// @return what it printed, without the line's end
    String sh(String script) {
        var said = run(script);
        if (said.exit != 0) {
            throw new AssertionError(vm + ": \"" + script + "\": " + said);
        }
        return said.out.strip();
    }

    /// Whether something answers a connection from in there.
    boolean connects(String address, int port) {
        return run("timeout 4 bash -c 'exec 3<>/dev/tcp/" + address + "/" + port + "'").exit == 0;
    }
}
