package dev.cove.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class CliTest {
    private static final String READY =
            "ready in 0.0 s at 10.100.0.10; get in with: cove ssh web\n";
    private static final String NO_KEY =
            "there is no public key in ~/.ssh, so plain ssh will not get in; cove ssh will\n";

    @TempDir Path home;
    private PaperDaemon daemon;
    private Stage user;

    @BeforeEach
    void open() throws IOException {
        daemon = new PaperDaemon();
        user = new Stage(home, daemon.host());
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    static Stream<List<String>> everyVerb() {
        var paths = new ArrayList<List<String>>();
        for (var entry : Verbs.all().shown()) {
            paths.add(List.of(entry.name()));
            entry.group()
                    .ifPresent(g ->
                            g.get()
                                    .shown()
                                    .forEach(s -> paths.add(List.of(entry.name(), s.name()))));
        }
        return paths.stream();
    }

    @ParameterizedTest
    @MethodSource("everyVerb")
    void explainsEveryVerbWithAnExample(List<String> verb) {
        var words = new ArrayList<>(verb);
        words.add("--help");

        assertThat(user.run(words.toArray(String[]::new))).isZero();
        assertThat(user.out())
                .contains("Usage: cove " + String.join(" ", verb))
                .containsAnyOf("Examples:\n  ", "More about each")
                .doesNotContain("%n", "%%", "\n\n\n");
        assertThat(user.out().lines()).allMatch(line -> line.length() <= 100);
        assertThat(user.err()).isEmpty();
    }

    @Test
    void showsVmsInAlignedColumns() {
        daemon.answering("GET /v1/vms", 200, "[" + PaperDaemon.WEB + "]");

        assertThat(user.run("ls")).isZero();
        assertThat(user.out())
                .isEqualTo(
                        """
                        NAME  STATE    IMAGE   ADDRESS      CPUS  MEMORY  DISK  CREATED
                        web   running  debian  10.100.0.10  1     512M    4G    3 minutes ago
                        """);
    }

    @ParameterizedTest
    @CsvSource({"ls,--json,", "list,-o,json", "ps,--format,json", "ls,--format=json,"})
    void printsJsonHoweverItIsAskedFor(String verb, String first, String second) {
        daemon.answering("GET /v1/vms", 200, "[" + PaperDaemon.WEB + "]");
        var words =
                second == null ? new String[] {verb, first} : new String[] {verb, first, second};

        assertThat(user.run(words)).isZero();
        assertThat(user.out()).startsWith("[\n  {\n    \"id\": \"vm-abcd2345\",");
    }

    @Test
    void createsAVmWithTheUsersKeysAndOneOfItsOwn() throws IOException {
        daemon.answering("POST /v1/vms", 201, PaperDaemon.WEB);

        assertThat(user.run("create", "web", "--memory", "1g", "--cpus", "2", "-l", "a=b=c"))
                .isZero();

        assertThat(user.out()).isEqualTo("web\n");
        assertThat(user.err()).isEqualTo(READY + NO_KEY);
        assertThat(daemon.asked.remove())
                .startsWith("POST /v1/vms?wait=600000ms {\"name\":\"web\",\"cpus\":2,")
                .contains("\"memory\":\"1G\"", "\"labels\":{\"a\":\"b=c\"}", "\"ssh-ed25519 ")
                .contains("\"start\":true");
        var key = home.resolve(".config/cove/id_ed25519");
        assertThat(Files.getPosixFilePermissions(key)).hasSize(2);
        assertThat(Files.getPosixFilePermissions(key.getParent())).hasSize(3);
    }

    @Test
    void warnsOfAMissingKeyOnlyWhoeverWantsToReadAndHasNone() throws IOException {
        daemon.answering("POST /v1/vms", 201, PaperDaemon.WEB);

        assertThat(user.run("create", "-q")).isZero();
        assertThat(user.err()).isEmpty();
        assertThat(user.run("create", "--json")).isZero();
        assertThat(user.err()).isEmpty();
        var mine = home.resolve(".config/cove/id_ed25519.pub");
        assertThat(user.run("create", "--ssh-key", mine.toString())).isZero();
        assertThat(user.err()).isEqualTo(READY);
        Files.createDirectories(home.resolve(".ssh"));
        Files.copy(mine, home.resolve(".ssh/id_ed25519.pub"));
        assertThat(user.run("create")).isZero();
        assertThat(user.err()).isEqualTo(READY);
    }

    @Test
    void saysNothingButTheErrorWhenNoVmIsMade() {
        daemon.answering("POST /v1/vms", 409, "{\"detail\":\"web is here already\"}");

        assertThat(user.run("create", "web")).isEqualTo(1);
        assertThat(user.err()).isEqualTo("cove: web is here already\n");
    }

    @Test
    void saysWhyANewVmFailed() {
        daemon.answering(
                "POST /v1/vms",
                201,
                "{\"id\":\"vm-abcd2345\",\"name\":\"web\",\"state\":\"failed\","
                        + "\"reason\":\"no\\nroom\"}");

        assertThat(user.run("create", "web", "-q")).isEqualTo(1);
        assertThat(user.out()).isEmpty();
        assertThat(user.err()).isEqualTo("cove: VM \"web\" failed: no; room; see: cove logs web\n");
    }

    @Test
    void goesOnWithTheOthersWhenOneFailsAndTellsInTheOrderGiven() {
        daemon.answering("DELETE /v1/vms/a", 204, "");
        daemon.answering("DELETE /v1/vms/b", 409, "{\"detail\":\"b runs; add -f\"}");
        daemon.answering("DELETE /v1/vms/c", 204, "");

        assertThat(user.run("rm", "c", "b", "a")).isEqualTo(1);
        assertThat(user.out()).isEqualTo("c\na\n");
        assertThat(user.err()).isEqualTo("cove: b runs; add -f\n");
    }

    @Test
    void stopsAllThatHaveALabel() {
        daemon.answering("GET /v1/vms", 200, "[" + PaperDaemon.WEB + "]");
        daemon.answering("GET /v1/vms/web", 200, PaperDaemon.WEB);
        daemon.answering(
                "POST /v1/vms/web/stop", 200, PaperDaemon.WEB.replace("running", "stopped"));

        assertThat(user.run("stop", "--label", "a=b", "-t", "1m")).isZero();
        assertThat(daemon.asked)
                .containsExactly(
                        "GET /v1/vms?label=a%3Db",
                        "GET /v1/vms/web", "POST /v1/vms/web/stop?grace=60000ms&wait=600000ms");
    }

    @Test
    void saysThatNoVmHasALabel() {
        daemon.answering("GET /v1/vms", 200, "[]");

        assertThat(user.run("destroy", "-f", "--label", "nope=x")).isZero();
        assertThat(user.out()).isEmpty();
        assertThat(user.err()).isEqualTo("no VM has the label nope=x\n");
        assertThat(user.run("sleep", "-l", "a=b", "-l", "c=d")).isZero();
        assertThat(user.err()).isEqualTo("no VM has the labels a=b, c=d\n");
        assertThat(user.run("sleep", "-l", "a=b", "--json")).isZero();
        assertThat(user.err()).isEmpty();
    }

    @Test
    void printsNoControlCharactersOfWhoeverAnErrorQuotes() {
        daemon.answering(
                "GET /v1/vms/web",
                503,
                "{\"detail\":\"it said: \\u001b]0;owned\\u0007 \\u009b2J\"}");

        assertThat(user.run("inspect", "web")).isEqualTo(1);
        assertThat(user.run("logs", "web")).isEqualTo(1);
        assertThat(user.err().codePoints()).noneMatch(c -> c != '\n' && Character.isISOControl(c));
    }

    @Test
    void tellsOfErrorsAsObjectsWhereOutputIsJson() {
        daemon.answering("GET /v1/vms/web", 404, "{\"detail\":\"no \\\"web\\\"\"}");

        assertThat(user.run("inspect", "web", "--json")).isEqualTo(1);
        assertThat(user.err())
                .isEqualTo("{\"error\":{\"kind\":\"NOT_FOUND\",\"detail\":\"no \\\"web\\\"\"}}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    craete web          | there is no "cove craete"; did you mean "create"?
                    template foo        | there is no "cove template foo"; there are: ls, prepare, rm;
                    image biuld x       | there is no "cove image biuld"; did you mean "build"?
                    ls --jsno           | unknown option --jsno; did you mean "--json"?
                    ls -o xml           | unknown format "xml"; use table or json
                    ls web              | one argument too many: "web"
                    rename web          | missing required parameter: 'NEW'
                    create --memory 5x  | not a size: "5x"
                    create --cpus two   | --cpus wants a number from 1 to 64, not "two"
                    create --cpus -1    | --cpus wants a number from 1 to 64, not "-1"
                    logs --tail -1 web  | --tail wants a number from 0 to 1000000, not "-1"
                    create -l x         | --label wants KEY=VALUE, not "x"
                    stop web -t soon    | not a duration: "soon"
                    stop                | which VM? give a name, or --label KEY=VALUE
                    cp a b              | one side has to be in a VM and the other here
                    completion tcsh     | no completion for shell "tcsh"
                    """)
    void refusesACommandLineThatMakesNoSense(String line, String message) {
        assertThat(user.run(line.split(" "))).isEqualTo(2);
        assertThat(user.out()).isEmpty();
        assertThat(user.err()).startsWith("cove: ").contains(message);
        assertThat(user.err().lines()).hasSize(1);
        assertThat(daemon.asked).isEmpty();
    }

    @Test
    void saysThatAVerbIsMissing() {
        assertThat(user.run("template")).isEqualTo(2);
        assertThat(user.out()).isEmpty();
        assertThat(user.err())
                .startsWith("Usage: cove template VERB")
                .endsWith("cove: a verb is missing after cove template: ls, prepare, rm\n");
    }

    @Test
    void says125WhereAnExitCodeCouldBeTheGuests() {
        assertThat(user.run("exec", "web", "--", "false")).isEqualTo(125);
        assertThat(user.run("ssh", "nobody")).isEqualTo(125);
        assertThat(user.run("exec", "--wrokdir", "/", "web")).isEqualTo(125);
        assertThat(user.err()).contains("did you mean \"--workdir\"?");
    }

    @Test
    void saysHowToStartADaemonThatIsNotThere() {
        var nobody = new Stage(home, "unix://" + home.resolve("none.sock"));

        assertThat(nobody.run("ls")).isEqualTo(1);
        assertThat(nobody.err()).startsWith("cove: no daemon answers").contains("cove daemon");
        assertThat(nobody.run("version")).isZero();
        assertThat(nobody.out()).contains("daemon does not answer");
    }

    @Test
    void namesATokenThatNobodyNamed() {
        daemon.answering("POST /v1/tokens", 201, "{\"name\":\"x\",\"secret\":\"cove_s3cret\"}");

        assertThat(user.run("token", "create", "--administrator")).isZero();
        assertThat(user.out()).isEqualTo("cove_s3cret\n");
        assertThat(daemon.asked)
                .containsExactly(
                        "POST /v1/tokens {\"name\":\"token-1767225780\",\"administrator\":true}");
    }

    @Test
    void failsWhenTheDoctorFindsAProblem() {
        daemon.answering(
                "GET /v1/doctor",
                200,
                "[{\"level\":\"ok\",\"subject\":\"qemu\",\"says\":\"7.2\",\"remedy\":\"\"},"
                        + "{\"level\":\"problem\",\"subject\":\"nft\",\"says\":\"absent\",\"remedy\":\"install"
                        + " it\"}]");

        assertThat(user.run("doctor")).isEqualTo(1);
        assertThat(user.out())
                .isEqualTo("ok      qemu: 7.2\nPROBLEM nft: absent\n        → install it\n");
    }

    @Test
    void leavesControlCharactersOutOfAGuestsWords() {
        var block = "a\u001b[31mb\r\n\tc\u0007é\u2028".getBytes(UTF_8);
        var length = Logs.withoutControls(block, block.length, (byte) 0);

        assertThat(new String(block, 0, length, UTF_8)).isEqualTo("a[31mb\n\tcé\u2028");
    }

    @Test
    void leavesControlCharactersOfTwoBytesOutThoughTheyComeInTwoBlocks() {
        var whole = "a\u009b31m".getBytes(UTF_8);
        var half = new byte[] {whole[2], 'b'};

        assertThat(Logs.withoutControls(whole, whole.length, (byte) 0)).isEqualTo(whole.length - 1);
        assertThat(Logs.withoutControls(half, 2, (byte) 0xc2)).isEqualTo(1);
        assertThat(half[0]).isEqualTo((byte) 'b');
    }
}
