package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is made of an `ip` whose answer was spoiled.
class IpTest {
    private static final String WHOLE = "printf '[]\\n[]\\n[]\\n'";
    private static final String SPOILED = "printf '[]\\n[]\\n[{\"ifname\":\\n'";

    @TempDir Path folder;

    @Test
    void asksAgainWhenItsAnswerIsSpoiled() throws IOException {
        assertThat(ip("[ $(wc -l <asked) -lt 3 ] && " + SPOILED + " || " + WHOLE).look())
                .isNotNull();

        assertThat(folder.resolve("asked")).hasContent("-4\n-4\n-4\n");
    }

    @Test
    void doesNotAskForEver() throws IOException {
        var ip = ip(SPOILED);

        assertThatThrownBy(ip::look)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("no JSON");

        assertThat(folder.resolve("asked")).hasContent("-4\n-4\n-4\n-4\n");
    }

    /// One that notes the first of its options each time.
    private Ip ip(String answer) throws IOException {
        var program = folder.resolve("program");
        Files.writeString(program, "cd %s\necho \"$2\" >>asked\n%s\n".formatted(folder, answer));
        return new Ip(new Place(List.of("sh", program.toString())));
    }
}
