package dev.cove.client;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the daemon listens, as `COVE_HOST` says it: `unix:///path`, `host:port` or
/// `http(s)://host[:port]`.
public sealed interface Endpoint {
    int USUAL_PORT = 7777;
    Endpoint USUAL = new Unix(Path.of("/run/cove/cove.sock"));

    /// A socket of this machine; the daemon knows its callers by their user id.
    record Unix(Path path) implements Endpoint {
        @Override
        public String authority() {
            return "localhost";
        }

        @Override
        public String toString() {
            return "unix://" + path;
        }
    }

    /// @param tls whether the server shows a certificate
    /// @param authorities a PEM file with those who may have signed it; empty means those that Java
    ///   knows
    record Tcp(String host, int port, boolean tls, Optional<Path> authorities) implements Endpoint {
        public Tcp(String host, int port, boolean tls) {
            this(host, port, tls, Optional.empty());
        }

        Tcp trusting(Path file) {
            return new Tcp(host, port, tls, Optional.of(file));
        }

        @Override
        public String authority() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }

        @Override
        public String toString() {
            return (tls ? "https://" : "http://") + authority();
        }
    }

    /// What goes into the `Host` header.
    String authority();

    /// @throws CoveException INVALID when the text is no endpoint
    static Endpoint parse(String text) {
        if (text.startsWith("unix://")) {
            return unix(text, text.substring("unix://".length()));
        }
        if (text.startsWith("/")) {
            return unix(text, text);
        }
        var form = Forms.TCP.matcher(text);
        if (!form.matches()) {
            throw malformed(text);
        }
        var tls = "https://".equals(form.group(1));
        var host = form.group(2) != null ? form.group(2) : form.group(3);
        return new Tcp(host, port(text, form.group(4), tls), tls);
    }

    private static Endpoint unix(String text, String path) {
        // 108 bytes with the final NUL: unix(7).
        if (!path.startsWith("/") || path.length() > 107) {
            throw malformed(text);
        }
        return new Unix(Path.of(path));
    }

    private static int port(String text, @Nullable String port, boolean tls) {
        if (port == null) {
            return tls ? 443 : USUAL_PORT;
        }
        var number = Integer.parseInt(port);
        if (number < 1 || number > 65_535) {
            throw malformed(text);
        }
        return number;
    }

    private static CoveException malformed(String text) {
        return CoveException.invalid(
                "COVE_HOST is not an address: \""
                        + Printable.of(text, 120)
                        + "\"; write it as unix:///path, host:port or https://host");
    }

    /// Compiled only when one is asked for.
    final class Forms {
        private static final Pattern TCP =
                Pattern.compile(
                        "(https?://)?(?:\\[([0-9a-fA-F:.]{2,45})]|([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})))"
                                + "(?::(\\d{1,5}))?/?");

        private Forms() {}
    }
}
