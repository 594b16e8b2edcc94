package dev.cove.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleTailTest {
    @TempDir Path folder;

    @Test
    void leavesOutWhatIsMeantForATerminal() throws IOException {
        var console =
                """
                \u001b[!p\u001bP$q"p\u001b\\\u001b[?7h\u001b[6n\u001b[32766;32766H\u001b[6n
                \u001b]0;a title\u0007\u001b[1;31mpanic\u001b[0m: \u001b(Bno init
                """;

        assertThat(tail(console)).isEqualTo("panic: no init");
    }

    @Test
    void leavesOutWhereALaunchBegins() throws IOException {
        assertThat(tail("--- launch 1 ---\none\n--- launch 2 ---\n")).isEqualTo("one");
    }

    @Test
    void showsTheLastFewLinesAndNoControlCharacters() throws IOException {
        assertThat(tail("1\n2\n3\n4\n5\n6\u0001\n7")).isEqualTo("3 | 4 | 5 | 6\uFFFD | 7");
    }

    @Test
    void hasNothingToSayOfAnEmptyOne() throws IOException {
        assertThat(ConsoleTail.of(folder.resolve("absent"))).isEmpty();
        assertThat(ConsoleTail.of(Files.createFile(folder.resolve("empty")))).isEmpty();
    }

    private String tail(String text) throws IOException {
        return ConsoleTail.of(Files.writeString(folder.resolve("console.log"), text)).orElseThrow();
    }
}
