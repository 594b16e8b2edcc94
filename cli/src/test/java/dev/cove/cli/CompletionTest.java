package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CompletionTest {
    @TempDir Path home;
    private PaperDaemon daemon;
    private Stage user;

    @BeforeEach
    void open() throws IOException {
        daemon = new PaperDaemon();
        daemon.answering("GET /v1/vms", 200, "[" + PaperDaemon.WEB + "]");
        daemon.answering("GET /v1/images", 200, "[{\"name\":\"debian\"},{\"name\":\"old\"}]");
        daemon.answering("GET /v1/templates", 200, "[{\"id\":\"sn-abcd2345\"}]");
        daemon.answering(
                "GET /v1/vms/web/snapshots", 200, "[{\"name\":\"before\"},{\"name\":\"after\"}]");
        daemon.answering("GET /v1/tokens", 200, "[{\"name\":\"ci\"}]");
        user = new Stage(home, daemon.host());
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                    | words | create ls inspect ssh exec
                    'de'                  | words | destroy
                    'help image '         | words | build import cancel ls rm
                    'image r'             | words | rm
                    'ssh '                | words | web
                    'rm web '             | words | web
                    'shell -u me w'       | words | web
                    'exec web '           | words | ''
                    'exec web -- -'       | words | ''
                    'exec -'              | words | --help --interactive --tty --no-tty
                    'exec --wo'           | words | --workdir
                    'ls -o '              | words | table json
                    'ls --label '         | words | ''
                    'create --image '     | words | debian old
                    'create --image=d'    | words | ''
                    'create n'            | words | ''
                    'create --vmm '       | words | auto qemu
                    'image rm o'          | words | old
                    'token rm '           | words | ci
                    'snapshot restore we' | words | web
                    'snapshot restore --cold web '| words | before after
                    'snapshot rm web before a'| words | after
                    'snapshot create web '| words | ''
                    'template rm '        | words | sn-abcd2345
                    'image build --recipe d'| files | debian debian-slim
                    'image import mine '  | files | ''
                    'export w'            | words | web
                    'export web '         | files | ''
                    'import --cold '      | files | ''
                    'import --image o'    | words | old
                    'cp w'                | files | web:
                    'cp web:/etc/hosts x' | files | ''
                    'create --ssh-key '   | files | ''
                    'completion '         | words | bash zsh fish
                    'nonsense '           | words | ''
                    """)
    void offersWhatCanStandThere(String line, String kind, String words) {
        assertThat(offered(line)).startsWith(kind + "\n");
        var wanted = words.isEmpty() ? List.<String>of() : List.of(words.split(" "));

        var lines = offered(line).lines().skip(1).map(l -> l.replaceFirst("\t.*", "")).toList();
        assertThat(lines.stream().limit(Math.max(1, wanted.size())))
                .containsExactlyElementsOf(wanted);
    }

    @Test
    void tellsWhatACandidateIs() {
        assertThat(offered("ssh ")).isEqualTo("words\nweb\trunning\n");
        assertThat(offered("image c")).isEqualTo("words\ncancel\tend the making of images\n");
    }

    @Test
    void knowsNoNamesWhereNoDaemonIs() {
        user = new Stage(home, "unix://" + home.resolve("none.sock"));

        assertThat(offered("ssh ")).isEqualTo("words\n");
        assertThat(offered("cp ")).isEqualTo("files\n");
        assertThat(user.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    'cove ss'       | words;ssh\tlog in          | ssh               | [--][ss]
                    'cove ssh '     | words;web\trunning;db\toff | web db            | [--][ssh][]
                    'cove cp w'     | files;web:\trunning        | nospace web:      | [--][cp][w]
                    'cove cp web:/e'| words                      | ''                | [--][cp][web:/e]
                    'cove cp ~/x'   | files                      | default           | [--][cp][~/x]
                    'cove cp a-'    | files;web:\trunning        | web: a-file       | [--][cp][a-]
                    """)
    void completesInBash(String line, String answer, String replies, String asked)
            throws Exception {
        var cove = fakeCove(answer);
        Files.writeString(home.resolve("a-file"), "");
        var script =
                """
                compopt() { [[ $1 == -o ]] && options+="$2 "; }
                source completion
                COMP_LINE="%s" COMP_POINT=${#COMP_LINE}
                _cove
                echo $options ${COMPREPLY[@]}
                """
                        .formatted(line.replaceFirst("cove", cove.toString()));
        assertThat(user.run("completion", "bash")).isZero();
        Files.writeString(home.resolve("completion"), user.out());

        assertThat(shell("bash", "-c", script)).isEqualTo(replies);
        assertThat(home.resolve("asked")).hasContent(asked);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish"})
    void printsAScriptThatTheShellReads(String shell) throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin", shell)), "needs " + shell + " in /usr/bin");
        assertThat(user.run("completion", shell)).isZero();
        Files.writeString(home.resolve("completion"), user.out());

        assertThat(shell(shell, "-n", "completion")).isEmpty();
    }

    private String offered(String line) {
        var words = new ArrayList<>(List.of("__complete", "--"));
        words.addAll(List.of(line.split(" ", -1)));
        assertThat(user.run(words.toArray(String[]::new))).isZero();
        return user.out();
    }

    /// Notes what it is asked and answers with these lines.
    private Path fakeCove(String lines) throws IOException {
        var cove = home.resolve("cove");
        Files.writeString(
                cove,
                """
                #!/bin/bash
                shift
                printf '[%%s]' "$@" >%s/asked
                printf '%%s' '%s' | tr ';' '\\n'
                """
                        .formatted(home, lines));
        Files.setPosixFilePermissions(cove, PosixFilePermissions.fromString("rwxr-xr-x"));
        return cove;
    }

    private String shell(String... line) throws Exception {
        var process =
                new ProcessBuilder(line).directory(home.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return said.strip();
    }
}
