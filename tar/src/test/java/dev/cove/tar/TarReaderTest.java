package dev.cove.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.tar.TarEntry.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
    private final ByteArrayOutputStream archive = new ByteArrayOutputStream();

    @Test
    void readsANumberInBase256() throws IOException {
        var size = new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0};
        put(new TarHeader("big", '0').field(124, size));

        assertThat(reader().next().orElseThrow().size()).isEqualTo(16L << 30);
    }

    @Test
    void readsATimeBefore1970() throws IOException {
        var minusOne = new byte[12];
        Arrays.fill(minusOne, (byte) 0xff);
        put(new TarHeader("old", '0').field(136, minusOne));

        assertThat(reader().next().orElseThrow().modified()).isEqualTo(Instant.ofEpochSecond(-1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0xff, 0x81})
    void refusesASizeThatNobodyCanCount(int first) throws IOException {
        var size = new byte[12];
        size[0] = (byte) first;
        put(new TarHeader("x", '0').field(124, size));

        assertThatThrownBy(() -> reader().next()).isInstanceOf(TarException.class);
    }

    @Test
    void takesWhatAPaxHeaderSaysBeforeWhatTheHeaderSays() throws IOException {
        pax("path=long/ä", "linkpath=target", "uid=5000000", "gid=7", "mtime=12.75", "size=3");
        put(new TarHeader("short", '0').owners(1, 2).size(1000));
        archive.write("abc".getBytes(StandardCharsets.US_ASCII));
        archive.write(new byte[509]);
        end();

        var reader = reader();
        var then = Instant.ofEpochSecond(12);
        assertThat(reader.next())
                .contains(new TarEntry(Kind.FILE, "long/ä", 0, 5_000_000, 7, 3, then, "target"));
        assertThat(reader.content().readAllBytes()).asString().isEqualTo("abc");
        assertThat(reader.next()).isEmpty();
    }

    @Test
    void goesByAPaxHeaderForOneEntryOnly() throws IOException {
        pax("path=first");
        put(new TarHeader("a", '0'));
        put(new TarHeader("second", '0'));
        end();

        assertThat(paths(reader())).containsExactly("first", "second");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3 a=b\n",
                "99 a=b\n",
                "-6 a=b\n",
                "x a=b\n",
                "5 =b\n",
                " a=b\n",
                "7 path\n",
                "4 a\n"
            })
    void refusesAPaxHeaderThatIsNone(String text) throws IOException {
        extra('x', text.getBytes(StandardCharsets.UTF_8));
        put(new TarHeader("a", '0'));
        end();

        assertThatThrownBy(() -> reader().next())
                .isInstanceOf(TarException.class)
                .hasMessageContaining("malformed header");
    }

    @Test
    void skipsWhatItDoesNotKnow() throws IOException {
        put(new TarHeader("new", 'Z').size(600));
        archive.write(new byte[1024]);
        put(new TarHeader("pipe", '6').size(600));
        put(new TarHeader("file", '0'));
        end();

        var reader = reader();
        assertThat(reader.next().orElseThrow().kind()).isEqualTo(Kind.OTHER);
        assertThat(reader.next().orElseThrow().kind()).isEqualTo(Kind.DEVICE);
        assertThat(reader.next().orElseThrow().path()).isEqualTo("file");
    }

    @Test
    void takesAFileWhoseNameEndsLikeAFoldersForOne() throws IOException {
        put(new TarHeader("folder/", '0').size(600));
        archive.write(new byte[1024]);
        put(new TarHeader("file", '0'));
        end();

        var reader = reader();
        assertThat(reader.next().orElseThrow())
                .isEqualTo(TarEntry.folder("folder/", 0, Instant.EPOCH));
        assertThat(reader.next().orElseThrow().path()).isEqualTo("file");
    }

    @ParameterizedTest
    @CsvSource({"L,4200", "K,4200", "L,70000", "x,70000", "g,70000"})
    void refusesHeadersThatAreLarge(char type, int size) throws IOException {
        extra(type, "a".repeat(size).getBytes(StandardCharsets.US_ASCII));

        assertThatThrownBy(() -> reader().next())
                .isInstanceOf(TarException.class)
                .hasMessageMatching(".*(longer than 4096|larger than 65536)");
    }

    @ParameterizedTest
    @ValueSource(chars = {'x', 'g', 'L'})
    void refusesEndlessHeaders(char type) throws IOException {
        for (var i = 0; i < 100; i++) {
            extra(type, "14 path=abcde\n".getBytes(StandardCharsets.US_ASCII));
        }

        assertThatThrownBy(() -> reader().next())
                .isInstanceOf(TarException.class)
                .hasMessageContaining("endless headers");
    }

    @Test
    void saysThatAnArchiveIsCutShort() throws IOException {
        put(new TarHeader("a", '0').size(1000));
        archive.write(new byte[1024]);
        put(new TarHeader("b", '0'));
        end();
        var whole = archive.toByteArray();

        // At the end there are two blocks of zeros, of which one is enough.
        for (var length = 0; length < whole.length - 512; length++) {
            var reader = new TarReader(new ByteArrayInputStream(Arrays.copyOf(whole, length)));
            assertThatThrownBy(() -> paths(reader))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(EOFException.class)
                    .hasMessage("the archive is cut short");
        }
    }

    @Test
    void answersAnyBytesWithEntriesOrAnError() throws IOException {
        pax("path=one", "mtime=5.5");
        put(new TarHeader("a", '0').size(700));
        archive.write(new byte[1024]);
        extra('L', "two".getBytes(StandardCharsets.US_ASCII));
        put(new TarHeader("b", '2').target("c"));
        end();
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 5000; i++) {
            var spoilt = archive.toByteArray();
            for (var j = random.nextInt(6); j >= 0; j--) {
                spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(paths(new TarReader(new ByteArrayInputStream(spoilt))))
                        .hasSizeLessThan(8);
            } catch (TarException | EOFException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains("archive");
            }
        }
    }

    private static List<String> paths(TarReader reader) throws IOException {
        var paths = new ArrayList<String>();
        for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            paths.add(entry.get().path());
        }
        return paths;
    }

    private TarReader reader() {
        return new TarReader(new ByteArrayInputStream(archive.toByteArray()));
    }

    private void pax(String... pairs) throws IOException {
        var text = new StringBuilder();
        for (var pair : pairs) {
            var rest = pair.getBytes(StandardCharsets.UTF_8).length + 3;
            text.append(rest < 9 ? rest : rest + 1).append(' ').append(pair).append('\n');
        }
        extra('x', text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void extra(char type, byte[] content) throws IOException {
        put(new TarHeader("extra", type).size(content.length));
        archive.write(content);
        archive.write(new byte[(512 - content.length % 512) % 512]);
    }

    private void put(TarHeader header) throws IOException {
        archive.write(header.bytes());
    }

    private void end() throws IOException {
        archive.write(new byte[1024]);
    }
}
