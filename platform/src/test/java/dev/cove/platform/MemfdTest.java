package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemfdTest {
    private static final long SIZE = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir Path folder;

    @Test
    void cannotBeChangedAnyMoreOnceItIsSealed() throws Exception {
        try (var memory = Memfd.create("test", SIZE)) {
            write(memory, "before");
            assertThat(memory.isSealed()).isFalse();

            assertThat(memory.seal()).isTrue();

            assertThat(memory.isSealed()).isTrue();
            assertThatThrownBy(() -> write(memory, "after")).isInstanceOf(IOException.class);
            assertThat(memory.path()).hasSize(SIZE);
            assertThat(Files.readString(memory.path())).startsWith("before");
        }
    }

    @Test
    void takesWhatWasWrittenAndNoMore() throws Exception {
        try (var memory = Memfd.create("test", 1L << 40)) {
            assertThat(memory.taken()).isZero();
            write(memory, "a page");
            assertThat(memory.taken()).isBetween(1L, 1L << 21);
        }
    }

    @Test
    void isNotSealedWhileSomebodyMayWriteToIt() throws Exception {
        try (var memory = Memfd.create("test", SIZE);
                var channel =
                        FileChannel.open(
                                memory.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
                var arena = java.lang.foreign.Arena.ofConfined()) {
            var mapped = channel.map(MapMode.READ_WRITE, 0, SIZE, arena);

            assertThat(memory.seal()).isFalse();
            assertThat(mapped.byteSize()).isEqualTo(SIZE);
        }
    }

    @Test
    void isTheStandardInputOfAProgramAndFoundThereAgain() throws Exception {
        var output = Files.createFile(folder.resolve("output"));
        try (var memory = Memfd.create("test", SIZE)) {
            var program =
                    new Detached(
                                    List.of(),
                                    List.of(
                                            "sh",
                                            "-c",
                                            "printf other >/proc/self/fd/0; exec sleep 60"),
                                    memory.path(),
                                    output,
                                    Optional.empty(),
                                    OptionalLong.empty())
                            .start();
            try {
                awaitText(memory, "other");
                try (var again = Memfd.open(Memfd.ofProcess(program.pid()))) {
                    assertThat(again.seal()).isTrue();
                }
                assertThat(memory.isSealed()).isTrue();
            } finally {
                assertThat(program.kill(LIMIT)).isTrue();
            }
        }
    }

    @Test
    void isNoneWhenItIsAFile() throws Exception {
        var file = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> Memfd.open(file))
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("fcntl");
    }

    private static void awaitText(Memfd memory, String text) throws IOException {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        while (!Files.readString(memory.path()).startsWith(text)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void write(Memfd memory, String text) throws IOException {
        try (var channel = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
            channel.write(
                    ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        }
    }
}
