package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Two VMs, as somebody uses them who knows the command line alone.
@Tag("vm")
@Tag("root")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class GuestTest {
    private static RealDaemon daemon;

    @BeforeAll
    static void createTwo() throws Exception {
        daemon = RealDaemon.with("debian-slim");
        var keys = Files.createDirectory(daemon.home().resolve(".ssh"));
        Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys + "/id_ed25519")
                .run()
                .orThrow();
        create("web", "--no-wait");
        create("db");
        create("web-waits", "--no-start");
        var ready = daemon.cove("start", "web");
        assertThat(ready.exit()).as(ready.err()).isZero();
    }

    private static void create(String name, String... more) throws InterruptedException {
        var words = new ArrayList<>(List.of("create", name));
        words.addAll(List.of("--image", "debian-slim", "--memory", "256M"));
        words.addAll(List.of(more));
        var created = daemon.cove(words.toArray(String[]::new));
        assertThat(created.exit()).as(created.err()).isZero();
    }

    @AfterAll
    static void close() {
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void listsWhatThereIs() throws Exception {
        var list = daemon.cove("ls", "--json").orThrow();

        assertThat(list)
                .contains("\"name\": \"web\"", "\"name\": \"db\"", "\"state\": \"running\"")
                .contains("\"state\": \"stopped\"", "\"image\": \"debian-slim\"");
        assertThat(daemon.cove("ls", "-q").orThrow().lines()).contains("web", "db", "web-waits");
    }

    @Test
    void passesOutputAndExitCodeThrough() throws Exception {
        var said = daemon.cove("exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7");

        assertThat(said.out()).isEqualTo("out\n");
        assertThat(said.err()).contains("err");
        assertThat(said.exit()).isEqualTo(7);
    }

    @Test
    void givesACommandItsInput() throws Exception {
        var said = daemon.coveReading("one\ntwo\n", "exec", "web", "--", "wc", "-l");

        assertThat(said.orThrow().strip()).isEqualTo("2");
    }

    @Test
    void runsACommandWhereAndAsWhomItIsAskedTo() throws Exception {
        var script = "echo $COLOUR; pwd; id -un";
        var said =
                daemon.cove(
                        "exec",
                        "-e",
                        "COLOUR=dark blue",
                        "-w",
                        "/tmp",
                        "-u",
                        "nobody",
                        "web",
                        "--",
                        "sh",
                        "-c",
                        script);

        assertThat(said.orThrow().lines()).containsExactly("dark blue", "/tmp", "nobody");
    }

    @Test
    void endsWith125WhenTheFailureIsCoves() throws Exception {
        var said = daemon.cove("exec", "wbe", "--", "true");

        assertThat(said.exit()).isEqualTo(125);
        assertThat(said.err()).contains("there is no VM \"wbe\"", "did you mean \"web\"?");
    }

    @Test
    void callsTheGuestByItsName() {
        assertThat(daemon.guest("web").sh("hostname")).isEqualTo("web");
        assertThat(daemon.guest("db").sh("hostname")).isEqualTo("db");
    }

    @Test
    void findsAVmByItsId() throws Exception {
        var id = daemon.client().vm("db").id();

        assertThat(daemon.cove("exec", id, "--", "hostname").orThrow().strip()).isEqualTo("db");
    }

    @Test
    void givesEachGuestAnIdentityOfItsOwn() {
        for (var what : List.of("cat /etc/machine-id", "cat /proc/sys/kernel/random/uuid")) {
            assertThat(daemon.guest("web").sh(what)).isNotEqualTo(daemon.guest("db").sh(what));
        }
        assertThat(daemon.client().ssh("web").hostKey())
                .startsWith("ssh-ed25519 ")
                .isNotEqualTo(daemon.client().ssh("db").hostKey());
    }

    @Test
    void givesTheGuestTheAddressThatItTells() {
        var address = daemon.client().vm("web").address().orElseThrow();

        assertThat(address).startsWith("10.100.0.");
        assertThat(daemon.guest("web").sh("ip -4 -o addr show dev eth0")).contains(address + "/16");
    }

    @Test
    void letsTheUsersOwnKeyInWithPlainSsh() throws Exception {
        var target = daemon.client().ssh("web");
        var address = daemon.client().vm("web").address().orElseThrow();
        var known = daemon.home().resolve("known");
        Files.writeString(known, address + " " + target.hostKey() + "\n");

        var said =
                Command.of(
                                "ssh",
                                "-F",
                                "none",
                                "-i",
                                daemon.home() + "/.ssh/id_ed25519",
                                "-o",
                                "UserKnownHostsFile=" + known,
                                "-o",
                                "StrictHostKeyChecking=yes",
                                "-o",
                                "BatchMode=yes",
                                target.user() + "@" + address,
                                "hostname")
                        .within(Duration.ofMinutes(1))
                        .run();

        assertThat(said.orThrow().strip()).isEqualTo("web");
    }

    @Test
    void logsInThroughTheApi() throws Exception {
        var said = daemon.cove("ssh", "web", "--", "uname -s; exit 3");

        assertThat(said.out()).isEqualTo("Linux\n");
        assertThat(said.exit()).isEqualTo(3);
    }

    @Test
    void copiesIntoTheFolderThatALinkLeadsToAndLeavesTheLink() throws Exception {
        daemon.guest("web").sh("mkdir /srv/real && ln -s real /srv/link");
        var file = Files.writeString(daemon.home().resolve("note"), "one\n");

        daemon.cove("cp", file.toString(), "web:/srv/link").orThrow();

        assertThat(daemon.guest("web").sh("cat /srv/real/note; readlink /srv/link"))
                .isEqualTo("one\nreal");
    }

    @Test
    void copiesWhatIsOlderThan1970AndWhatHasTwoNames() throws Exception {
        daemon.guest("web")
                .sh(
                        "mkdir /srv/old && touch -d '1960-01-01 00:00:00' /srv/old/file"
                                + " && ln /srv/old/file /srv/old/same");

        daemon.cove("cp", "web:/srv/old", daemon.home().toString()).orThrow();

        var file = daemon.home().resolve("old/file");
        assertThat(Files.getLastModifiedTime(file)).hasToString("1960-01-01T00:00:00Z");
        assertThat(Files.isSameFile(file, daemon.home().resolve("old/same"))).isTrue();
    }

    @Test
    void copiesFilesAndFoldersBothWays() throws Exception {
        var here = daemon.home().resolve("there");
        Files.createDirectories(here.resolve("deep"));
        Files.writeString(here.resolve("deep/a b"), "one");
        Files.write(here.resolve("deep/zeros"), new byte[300_000]);

        daemon.cove("cp", here.toString(), "web:/srv").orThrow();
        daemon.cove("cp", "web:/srv/there", daemon.home() + "/back").orThrow();
        daemon.cove("cp", "web:/etc/hostname", daemon.home().toString()).orThrow();

        assertThat(daemon.guest("web").sh("cat '/srv/there/deep/a b'")).isEqualTo("one");
        assertThat(sizes(daemon.home().resolve("back"))).isEqualTo(sizes(here));
        assertThat(daemon.home().resolve("hostname")).hasContent("web");
    }

    private static Map<String, Long> sizes(Path tree) throws IOException {
        var sizes = new TreeMap<String, Long>();
        try (var files = Files.walk(tree)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                sizes.put(tree.relativize(file).toString(), Files.size(file));
            }
        }
        return sizes;
    }

    @Test
    void keepsWhatTheConsoleSays() throws Exception {
        daemon.guest("web").sh("echo a word on the console >/dev/console");

        assertThat(daemon.cove("logs", "web").orThrow()).contains("a word on the console");
        assertThat(daemon.cove("logs", "--tail", "1", "web").orThrow().lines()).hasSize(1);
    }

    @Test
    void growsTheFileSystemToTheDisk() {
        var mebibytes = Long.parseLong(daemon.guest("web").sh("df -m / | awk 'NR==2{print $2}'"));

        assertThat(mebibytes).isGreaterThan(3500);
    }
}
