package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// States as QEMU writes them, made by hand.
class PartingTest {
    private static final int PAGE = 4096;
    private static final Bytes SIZE = Bytes.mebibytes(1);
    private static final long ROM = 2 * PAGE;
    private static final int SAME = 0x20;

    @TempDir Path folder;

    @Test
    void partsAStateIntoMemoryAndAStateWithoutIt() throws Exception {
        var whole = new Stream().head();
        whole.section(1).sizes("ram", SIZE.count(), "rom", ROM).last();
        whole.section(2).page(3 * PAGE, "ram", 'a').page(4 * PAGE | SAME, "", 'b');
        whole.page(0, "rom", 'r').zeros(PAGE | SAME, "").zeros(5 * PAGE, "ram").last();
        whole.command().section(3).page(SIZE.count() - PAGE, "ram", 'z').last();
        whole.devices("devices");
        var left = new Stream().head();
        left.section(1).sizes("ram", SIZE.count(), "rom", ROM).last();
        left.section(2).page(0, "rom", 'r').zeros(PAGE | SAME, "").last();
        left.command().section(3).last().devices("devices");

        try (var shared = part(whole.bytes()).orElseThrow()) {
            var memory = new byte[(int) SIZE.count()];
            Arrays.fill(memory, 3 * PAGE, 4 * PAGE, (byte) 'a');
            Arrays.fill(memory, 4 * PAGE, 5 * PAGE, (byte) 'b');
            Arrays.fill(memory, memory.length - PAGE, memory.length, (byte) 'z');
            assertThat(Files.readAllBytes(shared.memory().path())).isEqualTo(memory);
            assertThat(shared.memory().taken()).as("holes stay holes").isEqualTo(3L * PAGE);
            assertThat(shared.memory().isSealed()).isTrue();
            var rest = shared.rest().orElseThrow();
            assertThat(Files.readAllBytes(rest.state().path())).isEqualTo(left.bytes());
            assertThat(rest.checksum()).isEqualTo(checksum(left.bytes()));
            assertThat(rest.state().isSealed()).isTrue();
        }
    }

    @Test
    void takesThePageThatCameLast() throws Exception {
        var whole = new Stream().head();
        whole.section(1).sizes("ram", SIZE.count(), "rom", ROM).last();
        whole.section(2).page(0, "ram", 'a').page(PAGE | SAME, "", 'b').last();
        whole.section(3).page(0, "ram", 'c').zeros(PAGE | SAME, "").last().devices("");

        try (var shared = part(whole.bytes()).orElseThrow()) {
            var memory = new byte[(int) SIZE.count()];
            Arrays.fill(memory, 0, PAGE, (byte) 'c');
            assertThat(Files.readAllBytes(shared.memory().path())).isEqualTo(memory);
        }
    }

    @Test
    void refusesWhatIsNotWhatWasSaved() throws Exception {
        var bytes = small().bytes();
        var file = Files.write(folder.resolve("state"), bytes);
        var expected = checksum(bytes);
        for (var at = 0; at < bytes.length; at += 1 + at / 16) {
            var changed = bytes.clone();
            changed[at] ^= 1;
            Files.write(file, changed);

            assertThatThrownBy(() -> Parting.of(file, expected, SIZE))
                    .isInstanceOf(CoveException.class)
                    .hasMessageContaining(file + " is damaged: its checksum is");
        }
    }

    @Test
    void leavesWholeWhatItDoesNotKnow() throws Exception {
        var unknown = new Stream().head().section(1).sizes("ram", SIZE.count(), "rom", ROM);
        assertThat(part(unknown.record(0x40).last().bytes())).as("a record").isEmpty();
        assertThat(part(new Stream().head().octet(9).bytes())).as("a section").isEmpty();
        assertThat(part(new Stream().head().devices("").bytes())).as("no memory").isEmpty();
        var early = new Stream().head().section(1).page(0, "ram", 'a');
        assertThat(part(early.bytes())).as("a page before the sizes").isEmpty();
        var beyond = new Stream().head().section(1).sizes("ram", SIZE.count(), "rom", ROM);
        assertThat(part(beyond.page(SIZE.count(), "ram", 'a').bytes())).as("beyond").isEmpty();
        var two = new Stream().head().section(1).sizes("ram", SIZE.count(), "rom", SIZE.count());
        assertThat(part(two.last().bytes())).as("two of the size").isEmpty();
        assertThat(part(new byte[0])).as("nothing").isEmpty();
    }

    @Test
    void comesToAnEndWhateverItIsGiven() throws Exception {
        var random = new Random(7);
        for (var i = 0; i < 300; i++) {
            var bytes = small().bytes();
            for (var j = 0; j < 3; j++) {
                bytes[random.nextInt(Math.min(bytes.length, 200))] = (byte) random.nextInt();
            }
            part(Arrays.copyOf(bytes, bytes.length - random.nextInt(2) * random.nextInt(PAGE)))
                    .ifPresent(SealedMoment::close);
        }
    }

    private static Stream small() {
        var stream = new Stream().head();
        stream.section(1).sizes("ram", SIZE.count(), "rom", ROM).last();
        stream.section(2).page(0, "ram", 'a').last().section(3).last();
        return stream.devices("devices");
    }

    private Optional<SealedMoment> part(byte[] state) throws IOException {
        var file = Files.write(folder.resolve("state"), state);
        return Parting.of(file, checksum(state), SIZE);
    }

    private static long checksum(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes);
        return sum.getValue();
    }

    /// What QEMU writes, piece by piece.
    private static final class Stream {
        private static final int SECTION = 2;

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        byte[] bytes() {
            return bytes.toByteArray();
        }

        /// Writes to what cannot fail.
        private interface Words {
            void write() throws IOException;
        }

        private Stream say(Words words) {
            try {
                words.write();
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Stream head() {
            return say(() -> {
                out.writeBytes("QEVM");
                out.writeInt(3);
                out.writeByte(7);
                out.writeInt(7);
                out.writeBytes("microvm");
            });
        }

        /// @param kind 1 begins, 2 goes on, 3 ends
        Stream section(int kind) {
            return say(() -> {
                out.writeByte(kind);
                out.writeInt(SECTION);
                if (kind == 1) {
                    name("ram");
                    out.writeInt(0);
                    out.writeInt(4);
                }
            });
        }

        Stream sizes(String one, long size, String other, long otherSize) {
            return say(() -> {
                out.writeLong(size + otherSize | 4);
                name(one);
                out.writeLong(size);
                name(other);
                out.writeLong(otherSize);
            });
        }

        Stream page(long at, String block, int filling) {
            return say(() -> {
                out.writeLong(at | 8);
                block(at, block);
                var page = new byte[PAGE];
                Arrays.fill(page, (byte) filling);
                out.write(page);
            });
        }

        Stream zeros(long at, String block) {
            return say(() -> {
                out.writeLong(at | 2);
                block(at, block);
                out.writeByte(0);
            });
        }

        Stream record(long head) {
            return say(() -> out.writeLong(head));
        }

        Stream octet(int value) {
            return say(() -> out.writeByte(value));
        }

        Stream command() {
            return say(() -> {
                out.writeByte(8);
                out.writeShort(11);
                out.writeShort(3);
                out.writeBytes("now");
            });
        }

        Stream last() {
            return say(() -> {
                out.writeLong(0x10);
                out.writeByte(0x7e);
                out.writeInt(SECTION);
            });
        }

        Stream devices(String words) {
            return say(() -> {
                out.writeByte(4);
                out.writeBytes(words);
            });
        }

        private void block(long at, String block) throws IOException {
            if ((at & SAME) == 0) {
                name(block);
            }
        }

        private void name(String name) throws IOException {
            out.writeByte(name.length());
            out.write(name.getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
