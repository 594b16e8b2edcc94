package dev.cove.cli;

import dev.cove.client.Tunnel;
import java.io.IOException;
import java.io.InputStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove console`.
final class Console implements Verb {
    /// Ctrl-], as telnet and virsh have it.
    private static final int LEAVE = 0x1d;

    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec(
                                "Use a VM's serial console. One at a time; Ctrl-] leaves it.",
                                "For what was written earlier: cove logs.")
                        .addPositional(Options.argument(0, "VM", "its name or id")),
                "cove console web");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        try (var tunnel = here.client().console(Options.argument(given, 0))) {
            if (!here.isTerminal(0)) {
                Pump.join(tunnel, here.stdin(), here.stdout());
                return 0;
            }
            here.stderr()
                    .println("Ctrl-] leaves the console; Enter may be needed to see something");
            here.stderr().flush();
            try (var terminal = Terminal.open()) {
                terminal.makeRaw();
                use(tunnel, here);
            }
            here.stderr().println();
        }
        return 0;
    }

    private static void use(Tunnel tunnel, Surroundings here) throws IOException {
        var keys = new UntilLeft(here.stdin(), tunnel);
        try {
            Pump.join(tunnel, keys, here.stdout());
        } catch (IOException e) {
            if (!keys.left) {
                throw e;
            }
        }
    }

    /// Keys up to the one that leaves; that one closes the tunnel, which ends the other direction.
    private static final class UntilLeft extends InputStream {
        private final InputStream in;
        private final Tunnel tunnel;
        private volatile boolean left;

        UntilLeft(InputStream in, Tunnel tunnel) {
            this.in = in;
            this.tunnel = tunnel;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            var count = in.read(bytes, offset, length);
            for (var i = 0; i < count; i++) {
                if (bytes[offset + i] == LEAVE) {
                    left = true;
                    tunnel.close();
                    return i == 0 ? -1 : i;
                }
            }
            return count;
        }
    }
}
