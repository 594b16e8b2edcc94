package dev.cove.vmm.qemu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Processes that take all of this host's processors, and one more, for at most five minutes.
record BusyHost(List<Process> processes) implements AutoCloseable {
    static BusyHost begin() throws IOException {
        var processes = new ArrayList<Process>();
        for (var i = 0; i <= Runtime.getRuntime().availableProcessors(); i++) {
            processes.add(
                    new ProcessBuilder("timeout", "300", "sh", "-c", "while :; do :; done")
                            .start());
        }
        return new BusyHost(processes);
    }

    @Override
    public void close() {
        // To `timeout` itself, which ends the loop.
        processes.forEach(Process::destroy);
    }
}
