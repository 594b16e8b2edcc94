package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartingTest {
    private static final int PAGE = BackingPages.SIZE;
    private static final int PAGES = 256;
    private static final Bytes SIZE = Bytes.mebibytes(1);

    @TempDir Path folder;

    @Test
    void partsAStateIntoMemoryAndAStateWithoutIt() throws Exception {
        var whole = begun().part().page("ram", 3, filled('a')).page("", 4, filled('b'));
        whole.page("rom", 0, filled('r')).zero("", 1).zero("ram", 5).over();
        whole.command().end().page("ram", PAGES - 1, filled('z')).over().tail();
        var left = begun().part().page("rom", 0, filled('r')).zero("", 1).over();
        left.command().end().over().tail();

        try (var shared = part(whole.bytes()).orElseThrow()) {
            var memory = new byte[PAGES * PAGE];
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
        var whole = begun().part().page("ram", 0, filled('a')).page("", 1, filled('b')).over();
        whole.end().page("ram", 0, filled('c')).zero("", 1).over();
        whole.add(out -> out.write(Wire.FULL));

        try (var shared = part(whole.bytes()).orElseThrow()) {
            var memory = new byte[PAGES * PAGE];
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
        var record = begun().part().add(out -> out.writeLong(0x40)).over().end().over().tail();
        assertThat(part(record.bytes())).as("a record").isEmpty();
        var section = begun().add(out -> out.write(9)).end().over().tail();
        assertThat(part(section.bytes())).as("a section").isEmpty();
        assertThat(part(new FakeStream().head().tail().bytes())).as("no memory").isEmpty();
        assertThat(part(begun().part().over().tail().bytes())).as("no end of it").isEmpty();
        assertThat(part(begun().end().over().bytes())).as("no device").isEmpty();
        var early = new FakeStream().head().start(Map.of()).part().page("ram", 0, filled('a'));
        assertThat(part(early.over().end().over().tail().bytes())).as("no sizes").isEmpty();
        var beyond = begun().part().page("ram", PAGES, filled('a')).over().end().over().tail();
        assertThat(part(beyond.bytes())).as("beyond").isEmpty();
        var blocks = Map.of("ram", PAGES * PAGE, "rom", PAGES * PAGE);
        var two = new FakeStream().head().start(blocks).end().over().tail();
        assertThat(part(two.bytes())).as("two of the size").isEmpty();
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

    private static FakeStream small() {
        return begun().part().page("ram", 0, filled('a')).over().end().over().tail();
    }

    private static FakeStream begun() {
        var blocks = new LinkedHashMap<String, Integer>();
        blocks.put("ram", PAGES * PAGE);
        blocks.put("rom", 2 * PAGE);
        return new FakeStream().head().start(blocks);
    }

    private static byte[] filled(int with) {
        var page = new byte[PAGE];
        Arrays.fill(page, (byte) with);
        return page;
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
}
