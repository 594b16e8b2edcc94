package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuotingTest {
    private static final String ALPHABET = "abcXYZ019 /._-+~%$`\"'\\!&;|<>(){}[]*?#=:@^,\t\nüß";

    @Test
    void leavesWordsThatNeedNoQuotesAsTheyAre() {
        assertThat(Ssh.proxyCommand("/opt/cove/cove", "vm-abcd2345"))
                .isEqualTo("/opt/cove/cove proxy vm-abcd2345 22");
    }

    @Test
    void saysEveryWordToAShellAsItIsOrRefusesIt() throws Exception {
        var random = new Random(20261121);
        var words = new ArrayList<String>();
        var script = new StringBuilder();
        for (var i = 0; i < 2000; i++) {
            var word = word(random);
            try {
                // What ssh does first: %% becomes % (ssh_config(5), TOKENS).
                var said = Quoting.proxyWord(word).replace("%%", "%");
                script.append("printf '%s\\n' ").append(said).append('\n');
                words.add(word);
            } catch (CoveException e) {
                assertThat(word).as("seed 20261121").matches("(?s).*['\\\\!\\t\\n].*");
            }
        }

        assertThat(words).hasSizeGreaterThan(100);
        assertThat(sh(script.toString())).isEqualTo(words);
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        for (var n = 1 + random.nextInt(12); n > 0; n--) {
            word.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return word.toString();
    }

    private static List<String> sh(String script) throws Exception {
        var shell = new ProcessBuilder("sh", "-s").redirectErrorStream(true).start();
        Thread.ofVirtual()
                .start(() -> {
                    try (var in = shell.getOutputStream()) {
                        in.write(script.getBytes(StandardCharsets.UTF_8));
                    } catch (java.io.IOException e) {
                        shell.destroy();
                    }
                });
        return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    @Test
    void refusesFilesThatSshWouldReadOtherwise() {
        assertThat(Quoting.file("/home/a b/100%")).isEqualTo("\"/home/a b/100%%\"");
        for (var path : List.of("/a\"b", "/a\\b", "/${HOME}", "/a\nb")) {
            assertThatThrownBy(() -> Quoting.file(path)).isInstanceOf(CoveException.class);
        }
    }
}
