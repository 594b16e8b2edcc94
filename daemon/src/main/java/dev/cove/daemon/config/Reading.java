package dev.cove.daemon.config;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Durations;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.Nearest;
import dev.cove.core.Printable;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.network.Allowed;
import dev.cove.network.HostPort;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Makes settings of the texts that were given: every error names the key, its place and the value.
record Reading(Map<Key, Value> values) {
    private static final Pattern ADDRESS =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+)\\]|([A-Za-z0-9.-]+)):(\\d{1,5})");
    private static final Pattern GROUP = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");
    private static final Pattern MODE = Pattern.compile("0?o?([0-7]{3})");

    Settings settings() {
        return new Settings(
                read(Key.DATA, Reading::path),
                new Settings.Socket(
                        read(Key.SOCKET_PATH, Reading::path),
                        maybe(Key.SOCKET_GROUP, t -> fitting(t, GROUP, "a group's name")),
                        read(Key.SOCKET_MODE, Reading::mode)),
                read(Key.LISTEN, Reading::address),
                tls(),
                network(),
                maybe(Key.IMAGES_MIRROR, Reading::mirror),
                auto(Key.POOL_SIZE, Reading::size),
                new Settings.Qemu(
                        read(Key.QEMU_PROGRAM, Reading::program),
                        read(Key.QEMU_TRANSLATED, Reading::size)),
                new Settings.Defaults(
                        read(Key.DEFAULTS_IMAGE, Name::new),
                        shape(),
                        read(Key.DEFAULTS_GRACE, Durations::parse)),
                new Settings.Templates(
                        read(Key.TEMPLATES_MAKE, t -> choice(t, Settings.Templates.Make.class)),
                        auto(Key.TEMPLATES_STANDBY, t -> number(t, 0, 100)),
                        auto(Key.TEMPLATES_MEMORY, Reading::size),
                        auto(Key.TEMPLATES_DISK, Reading::size)),
                new Settings.Limits(
                        read(Key.LIMITS_VMS, t -> number(t, 1, 60_000)),
                        auto(Key.LIMITS_STARTING, t -> number(t, 1, 60_000))),
                new Settings.Log(
                        read(Key.LOG_LEVEL, t -> choice(t, Settings.Log.Level.class)),
                        read(Key.LOG_FORMAT, t -> choice(t, Settings.Log.Format.class))));
    }

    private Optional<Settings.Tls> tls() {
        var cert = maybe(Key.TLS_CERT, Reading::path);
        var key = maybe(Key.TLS_KEY, Reading::path);
        if (cert.isPresent() != key.isPresent()) {
            throw CoveException.invalid("tls.cert and tls.key go together; one of them is missing");
        }
        return cert.map(c -> new Settings.Tls(c, key.orElseThrow()));
    }

    private Settings.Network network() {
        return new Settings.Network(
                read(
                        Key.NETWORK_BRIDGE,
                        t -> fitting(t, "[a-z][a-z0-9.-]{0,14}", "a bridge's name")),
                read(Key.NETWORK_SUBNET, Subnet::parse),
                read(Key.NETWORK_FIRST_ADDRESS, Ipv4::parse),
                read(Key.NETWORK_CLOSED, t -> list(t, Ipv4::parse)),
                new Allowed(
                        read(Key.NETWORK_ALLOW_HOST_PORTS, t -> list(t, HostPort::parse)),
                        read(Key.NETWORK_ALLOW_BETWEEN_OWNERS, Reading::yes)));
    }

    private Shape shape() {
        var cpus = read(Key.DEFAULTS_CPUS, t -> number(t, 1, 64));
        var memory = read(Key.DEFAULTS_MEMORY, t -> new Shape(cpus, size(t), LEAST).memory());
        return new Shape(cpus, memory, read(Key.DEFAULTS_DISK, Reading::size));
    }

    private static final Bytes LEAST = Bytes.mebibytes(64);

    private <T> T read(Key key, Function<String, T> parse) {
        var value = value(key);
        try {
            return parse.apply(value.text());
        } catch (CoveException e) {
            throw CoveException.invalid(key.path() + " (" + value.source() + "): " + e.sentence());
        }
    }

    /// A setting for which an empty text means "none".
    private <T> Optional<T> maybe(Key key, Function<String, T> parse) {
        return value(key).text().isEmpty() ? Optional.empty() : Optional.of(read(key, parse));
    }

    /// A setting for which "auto" means that Cove finds a value itself.
    private <T> Optional<T> auto(Key key, Function<String, T> parse) {
        return value(key).text().equals("auto") ? Optional.empty() : Optional.of(read(key, parse));
    }

    private Value value(Key key) {
        return Objects.requireNonNull(values.get(key), key.path());
    }

    private static Path path(String text) {
        try {
            if (!text.isBlank()) {
                return Path.of(text).toAbsolutePath().normalize();
            }
        } catch (InvalidPathException e) {
            throw not("a path", text);
        }
        throw not("a path", text);
    }

    private static Bytes size(String text) {
        return Bytes.parse(text);
    }

    private static Set<PosixFilePermission> mode(String text) {
        var form = MODE.matcher(text);
        if (!form.matches()) {
            throw not("a file mode like 0660", text);
        }
        var bits = Integer.parseInt(form.group(1), 8);
        var letters = new StringBuilder("rwxrwxrwx");
        for (var i = 0; i < letters.length(); i++) {
            if ((bits & (0400 >> i)) == 0) {
                letters.setCharAt(i, '-');
            }
        }
        return PosixFilePermissions.fromString(letters.toString());
    }

    private static Optional<Settings.Address> address(String text) {
        if (text.equals("none")) {
            return Optional.empty();
        }
        var form = ADDRESS.matcher(text);
        if (!form.matches()) {
            throw not("an address like 127.0.0.1:7777, or none", text);
        }
        var host = form.group(1) == null ? form.group(2) : form.group(1);
        return Optional.of(new Settings.Address(host, number(form.group(3), 0, 65535)));
    }

    private static boolean yes(String text) {
        return fitting(text, "true|false", "true or false").equals("true");
    }

    private static <T> List<T> list(String text, Function<String, T> parse) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(t -> !t.isEmpty())
                .map(parse)
                .toList();
    }

    private static URI mirror(String text) {
        var what = "a mirror like http://mirror.example.org/debian";
        try {
            return URI.create(fitting(text, "https?://[A-Za-z0-9.:\\[\\]/_~%+-]{1,300}", what));
        } catch (IllegalArgumentException e) {
            throw not(what, text);
        }
    }

    private static String program(String text) {
        return fitting(text, "[^\\s-][^\\p{Cntrl}]{0,4000}", "a program's name or path");
    }

    private static int number(String text, int least, int most) {
        if (text.matches("\\d{1,9}")) {
            var number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw not("a number from " + least + " to " + most, text);
    }

    private static <E extends Enum<E>> E choice(String text, Class<E> type) {
        var known =
                Arrays.stream(type.getEnumConstants())
                        .map(e -> e.name().toLowerCase(Locale.ROOT))
                        .toList();
        var at = known.indexOf(text.toLowerCase(Locale.ROOT));
        if (at < 0) {
            throw CoveException.invalid(
                    "\""
                            + Printable.of(text, 40)
                            + "\" is none of "
                            + String.join(", ", known)
                            + Nearest.hint(text, known));
        }
        return type.getEnumConstants()[at];
    }

    private static String fitting(String text, String form, String what) {
        return fitting(text, Pattern.compile(form), what);
    }

    private static String fitting(String text, Pattern form, String what) {
        if (!form.matcher(text).matches()) {
            throw not(what, text);
        }
        return text;
    }

    private static CoveException not(String what, String text) {
        return CoveException.invalid("not " + what + ": \"" + Printable.of(text, 80) + "\"");
    }
}
