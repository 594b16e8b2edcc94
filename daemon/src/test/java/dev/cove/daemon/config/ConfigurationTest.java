package dev.cove.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.Shape;
import dev.cove.core.Subnet;
import dev.cove.network.Allowed;
import dev.cove.network.HostPort;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    private static final Settings USUAL =
            new Settings(
                    Path.of("/var/lib/cove"),
                    new Settings.Socket(
                            Path.of("/run/cove/cove.sock"),
                            Optional.empty(),
                            PosixFilePermissions.fromString("rw-rw----")),
                    Optional.of(new Settings.Address("127.0.0.1", 7777)),
                    Optional.empty(),
                    new Settings.Network(
                            "vmmbr0",
                            Subnet.parse("10.100.0.1/16"),
                            Ipv4.parse("10.100.0.10"),
                            List.of(),
                            Allowed.NOTHING),
                    Optional.empty(),
                    Optional.empty(),
                    new Settings.Qemu("qemu-system-x86_64", Bytes.mebibytes(256)),
                    new Settings.Defaults(
                            new Name("debian"),
                            new Shape(1, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                            Duration.ofSeconds(10)),
                    new Settings.Templates(
                            Settings.Templates.Make.AUTO,
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty()),
                    new Settings.Limits(1000, Optional.empty()),
                    new Settings.Log(Settings.Log.Level.INFO, Settings.Log.Format.PLAIN));

    private static final Settings OTHER =
            new Settings(
                    Path.of("/srv/a b"),
                    new Settings.Socket(
                            Path.of("/run/other.sock"),
                            Optional.of("cove"),
                            PosixFilePermissions.fromString("rw-------")),
                    Optional.of(new Settings.Address("::1", 8443)),
                    Optional.of(new Settings.Tls(Path.of("/etc/c.pem"), Path.of("/etc/k.pem"))),
                    new Settings.Network(
                            "br7",
                            Subnet.parse("192.168.7.1/24"),
                            Ipv4.parse("192.168.7.100"),
                            List.of(Ipv4.parse("10.0.0.1"), Ipv4.parse("10.0.0.2")),
                            new Allowed(
                                    List.of(
                                            new HostPort(HostPort.Protocol.TCP, 3142),
                                            new HostPort(HostPort.Protocol.UDP, 53)),
                                    true)),
                    Optional.of(URI.create("http://mirror.example/debian")),
                    Optional.of(Bytes.gibibytes(50)),
                    new Settings.Qemu("/opt/qemu/bin/qemu", Bytes.mebibytes(20)),
                    new Settings.Defaults(
                            new Name("debian-slim"),
                            new Shape(4, Bytes.gibibytes(2), Bytes.gibibytes(8)),
                            Duration.ofMinutes(1)),
                    new Settings.Templates(
                            Settings.Templates.Make.MANUAL,
                            Optional.of(3),
                            Optional.of(Bytes.gibibytes(2)),
                            Optional.of(Bytes.gibibytes(9))),
                    new Settings.Limits(7, Optional.of(3)),
                    new Settings.Log(Settings.Log.Level.TRACE, Settings.Log.Format.JSON));

    private static final String OTHER_FILE =
            """
            # a comment
            data: /srv/a b
            socket:
              path: /run/other.sock
              group: cove
              mode: 0600
            listen: "[::1]:8443"
            tls: {cert: /etc/c.pem, key: /etc/k.pem}
            network:
              bridge: br7
              subnet: 192.168.7.1/24
              first-address: 192.168.7.100
              closed: [10.0.0.1, 10.0.0.2]
              allow-host-ports: [3142, 53/udp]
              allow-between-owners: true
            images:
              mirror: http://mirror.example/debian
            pool:
              size: 50G
            qemu:
              program: /opt/qemu/bin/qemu
              translated: 20M
            defaults:
              image: debian-slim
              cpus: 4
              memory: 2G
              disk: 8G
              grace: 1m
            templates:
              make: manual
              standby: 3
              memory: 2G
              disk: 9G
            limits:
              vms: 7
              starting: 3
            log:
              level: trace
              format: json
            """;

    @TempDir Path temporary;

    @Test
    void hasItsRecordedDefaults() {
        assertThat(load().settings()).isEqualTo(USUAL);
    }

    @Test
    void readsEveryKeyFromTheFile() {
        assertThat(load("--config", file(OTHER_FILE)).settings()).isEqualTo(OTHER);
        assertThat(Arrays.stream(Key.values()).map(k -> lastPart(k.path())))
                .allSatisfy(part -> assertThat(OTHER_FILE).contains(part + ":"));
    }

    @Test
    void readsEveryKeyFromTheEnvironmentAndFromFlags() {
        var environment = new java.util.HashMap<String, String>();
        var flags = new java.util.ArrayList<String>();
        ConfigFile.read(Path.of(file(OTHER_FILE)))
                .forEach((key, value) -> {
                    environment.put(key.variable(), value.text());
                    flags.add(key.flag() + "=" + value.text());
                });

        assertThat(environment).hasSize(Key.values().length);
        assertThat(load(environment).settings()).isEqualTo(OTHER);
        assertThat(load(flags.toArray(String[]::new)).settings()).isEqualTo(OTHER);
    }

    @Test
    void takesAFlagBeforeTheEnvironmentAndThatBeforeTheFile() {
        var config = file("log: {level: error, format: json}\nlimits: {vms: 5}\n");
        var environment =
                Map.of("COVE_LOG_LEVEL", "warn", "COVE_LIMITS_VMS", "6", "COVE_CONFIG", config);

        var settings = load(environment, "--log-level", "debug").settings();

        assertThat(settings.log().level()).isEqualTo(Settings.Log.Level.DEBUG);
        assertThat(settings.limits().vms()).isEqualTo(6);
        assertThat(settings.log().format()).isEqualTo(Settings.Log.Format.JSON);
    }

    @Test
    void putsTheSocketBesideADataFolderOfItsOwn() {
        assertThat(load("--data", "/srv/x").settings().socket().path())
                .isEqualTo(Path.of("/srv/x/cove.sock"));
    }

    @Test
    void startsAddressesInTheSubnetThatWasChosen() {
        assertThat(load("--network-subnet", "10.7.0.1/24").settings().network().first())
                .isEqualTo(Ipv4.parse("10.7.0.10"));
    }

    @Test
    void listensNowhereWhenToldSo() {
        assertThat(load("--listen", "none").settings().listen()).isEmpty();
    }

    @Test
    void takesAFileWithNothingButCommentsAndEmptySections() {
        assertThat(load("--config", file("# nothing\nnetwork:\n  # bridge: br1\n")).settings())
                .isEqualTo(USUAL);
        assertThat(load("--config", file("")).settings()).isEqualTo(USUAL);
    }

    @Test
    void printsWhatWouldSetItAndWhereItCameFrom() {
        var config = file(OTHER_FILE);
        var first =
                load(
                        Map.of("COVE_LIMITS_VMS", "9"),
                        "--config",
                        config,
                        "--log-level=warn",
                        "--print-config");

        assertThat(first.printOnly()).isTrue();
        assertThat(first.printed())
                .contains("data: \"/srv/a b\"  # " + config + ":2\n")
                .contains("network:\n  bridge: br7  # " + config + ":10\n")
                .contains("vms: 9  # COVE_LIMITS_VMS\n")
                .contains("level: warn  # --log-level\n");
        assertThat(load("--config", file(first.printed())).settings()).isEqualTo(first.settings());
        assertThat(load("--config", file(load().printed())).settings()).isEqualTo(USUAL);
        assertThat(load().printed()).contains("mode: 0660  # default\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    log: {levle: info}       | cove.yaml:1: unknown key "log.levle"; did you mean "log.level"?
                    ntework: {bridge: br0}   | cove.yaml:1: unknown key "ntework"
                    log: debug               | cove.yaml:1: log is a section
                    data: {path: /x}         | cove.yaml:1: data is one value, not a section
                    data:                    | cove.yaml:1: data has no value
                    [a, b]                   | cove.yaml:1: it has to be keys
                    data: [a, b]             | cove.yaml:1: data is one value, not a list
                    network: {closed: [[a]]} | cove.yaml:1: network.closed has to be a plain value
                    'data: &a /x\nlisten: *a'| cove.yaml:2: listen has to be a plain value
                    'data: /x\ndata: /y'     | cove.yaml:2: data is set twice
                    'data: /x\n\tlog: 1'     | cove.yaml:2: not YAML
                    """)
    void refusesAFileAndNamesTheLine(String yaml, String message) {
        var config = file(yaml.replace("\\n", "\n").replace("\\t", "\t"));

        assertInvalid(message, "--config", config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --limits-vms=many           | limits.vms (--limits-vms): not a number from 1 to 60000: "many"
                    --limits-vms=0              | limits.vms (--limits-vms): not a number
                    --limits-starting=0         | limits.starting (--limits-starting): not a number
                    --listen=true               | listen (--listen): not an address like 127.0.0.1:7777, or none: "true"
                    --listen=localhost:99999    | listen (--listen): not a number from 0 to 65535
                    --defaults-memory=lots      | defaults.memory (--defaults-memory): not a size: "lots"
                    --defaults-memory=1M        | defaults.memory (--defaults-memory): memory has to be at least 64M
                    --defaults-grace=soon       | defaults.grace (--defaults-grace): not a duration
                    --network-subnet=10.0.0.0/8 | network.subnet (--network-subnet): 10.0.0.0/8 is a network, not an address
                    --network-first-address=9.9.9.9 | network.first-address: 9.9.9.9 is no VM's address in 10.100.0.1/16
                    --network-allow-host-ports=53/icmp | network.allow-host-ports (--network-allow-host-ports): not a port: "53/icmp"
                    --network-allow-host-ports=0,1 | network.allow-host-ports (--network-allow-host-ports): a port is between 1 and 65535, not 0
                    --network-allow-between-owners=maybe | network.allow-between-owners (--network-allow-between-owners): not true or false: "maybe"
                    --network-bridge=-x         | network.bridge (--network-bridge): not a bridge's name: "-x"
                    --log-level=inof            | log.level (--log-level): "inof" is none of error, warn, info, debug, trace; did you mean "info"?
                    --socket-mode=9999          | socket.mode (--socket-mode): not a file mode
                    --tls-cert=/x               | tls.cert and tls.key go together
                    --qemu-translated=8M        | qemu.translated: 8M is not from 16M to 2G
                    --qemu-program=--help       | qemu.program (--qemu-program): not a program's name
                    --images-mirror=ftp://x     | images.mirror (--images-mirror): not a mirror
                    --listne=x                  | unknown flag "--listne"; did you mean "--listen"?
                    --listen                    | --listen wants a value behind it
                    banana                      | unknown flag "banana"
                    """)
    void refusesAFlagAndNamesIt(String flag, String message) {
        assertInvalid(message, flag);
    }

    @Test
    void refusesAMistypedVariableAndLeavesTheClientsAlone() {
        assertThat(load(Map.of("COVE_HOST", "x", "COVE_TOKEN", "y", "COVE_BANANA", "z")).settings())
                .isEqualTo(USUAL);
        assertThatThrownBy(() -> load(Map.of("COVE_LISTNE", "x")))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("did you mean \"COVE_LISTEN\"?");
    }

    @Test
    void wantsTheFileThatWasNamed() {
        assertThatThrownBy(() -> load("--config", temporary.resolve("none.yaml").toString()))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.UNAVAILABLE))
                .hasMessageContaining("none.yaml");
    }

    @Test
    void refusesADataFolderThatIsTooDeepForItsSockets() {
        assertInvalid(
                "is too long a path for the sockets below it", "--data", "/" + "x".repeat(90));
    }

    @Test
    void helpNamesEveryFlag() {
        assertThat(Configuration.help())
                .contains(Arrays.stream(Key.values()).map(Key::flag).toList());
    }

    private void assertInvalid(String message, String... flags) {
        assertThatThrownBy(() -> load(flags))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID))
                .hasMessageContaining(message);
    }

    private Configuration load(String... flags) {
        return load(Map.of(), flags);
    }

    private Configuration load(Map<String, String> environment, String... flags) {
        return Configuration.load(
                List.of(flags), environment, temporary.resolve("not-there/cove.yaml"));
    }

    private String file(String yaml) {
        try {
            var folder = Files.createTempDirectory(temporary, "config");
            return Files.writeString(folder.resolve("cove.yaml"), yaml).toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
