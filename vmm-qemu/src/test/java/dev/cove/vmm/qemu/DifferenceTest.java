package dev.cove.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.platform.Memfd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DifferenceTest {
    private static final int SIZE = BackingPages.SIZE;
    private static final int PAGES = 16;
    private static final Map<String, Integer> BLOCKS = blocks(PAGES * SIZE);

    private final byte[] template = new byte[PAGES * SIZE];
    private Memfd memory;

    @BeforeEach
    void fill() throws Exception {
        for (var page = 0; page < PAGES; page++) {
            // Every fourth one is zero.
            Arrays.fill(template, page * SIZE, (page + 1) * SIZE, (byte) (page % 4));
        }
        memory = Memfd.create("cove test", template.length);
        try (var out = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(template));
        }
        memory.seal();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    @Test
    void leavesOutWhatIsTheSame() throws Exception {
        var whole = all(begun()).end().over().tail().bytes();

        var left = filtered(whole);

        assertThat(left).hasSizeLessThan(SIZE * 5);
        holds(whole, left);
    }

    @Test
    void keepsWhatWasChangedOrZeroed() throws Exception {
        var whole =
                all(begun())
                        .part()
                        .page("ram", 5, filled(9))
                        .page("", 4, filled(9))
                        .zero("", 6)
                        .over()
                        .end()
                        .over()
                        .tail()
                        .bytes();

        holds(whole, filtered(whole));
    }

    @Test
    void keepsWhatChangedBackAfterItWasKept() throws Exception {
        var whole =
                all(begun())
                        .part()
                        .page("ram", 5, filled(9))
                        .page("", 4, filled(9))
                        .over()
                        .end()
                        .page("", 5, filled(1))
                        .zero("", 4)
                        .over()
                        .tail()
                        .bytes();

        holds(whole, filtered(whole));
    }

    @Test
    void keepsTheNameThatWhatFollowsCountsOn() throws Exception {
        var whole =
                all(begun())
                        .part()
                        .page("rom", 1, filled(7))
                        .page("ram", 1, filled(1))
                        .page("", 2, filled(9))
                        .over()
                        .end()
                        .page("", 3, filled(8))
                        .over()
                        .tail()
                        .bytes();

        holds(whole, filtered(whole));
    }

    @Test
    void leavesOutWhatFollowsACommand() throws Exception {
        var whole = all(begun().command()).end().over().tail().bytes();

        var left = filtered(whole);

        assertThat(left).hasSizeLessThan(SIZE * 5);
        holds(whole, left);
    }

    @Test
    void makesZeroWhatIsNeverSent() throws Exception {
        var whole = begun().part().page("ram", 1, filled(1)).over().end().over().tail().bytes();

        holds(whole, filtered(whole));
    }

    @Test
    void keepsAllWithoutOneBlockOfThatSize() throws Exception {
        for (var size : List.of((PAGES - 1) * SIZE, 2 * PAGES * SIZE)) {
            var whole = new FakeStream().head().start(blocks(size)).part();
            for (var page = 0; page < PAGES - 1; page++) {
                whole.zero(page == 0 ? "ram" : "", page);
            }

            assertThat(filtered(whole.over().end().over().tail().bytes())).isEqualTo(whole.bytes());
        }
        var twice = Map.of("ram", PAGES * SIZE, "other", PAGES * SIZE);
        var whole = new FakeStream().head().start(twice).part().zero("ram", 0).over().bytes();
        assertThat(filtered(whole)).isEqualTo(whole);
    }

    @Test
    void keepsAllFromWhereItDoesNotUnderstand() throws Exception {
        List<FakeStream.Piece> strange =
                List.of(
                        out -> out.writeLong(0x40),
                        out -> out.writeLong(Wire.PAGE | Wire.ZERO),
                        out -> out.writeLong(Wire.MEM_SIZE | 4096),
                        out -> out.writeLong(Wire.MULTIFD_FLUSH | 0x400),
                        out -> out.writeLong((long) PAGES * SIZE | Wire.ZERO | Wire.CONTINUE),
                        out -> out.writeLong(-4096 | Wire.ZERO | Wire.CONTINUE),
                        out -> {
                            out.writeLong(Wire.ZERO | Wire.CONTINUE);
                            out.write(1);
                        },
                        out -> {
                            out.writeLong(Wire.ZERO);
                            out.write(3);
                            out.writeBytes("who");
                            out.write(0);
                        });
        for (var piece : strange) {
            var before = all(begun()).part().page("", 6, filled(9)).bytes();
            var whole =
                    all(begun())
                            .part()
                            .page("", 6, filled(9))
                            .add(piece)
                            .page("", 1, filled(1))
                            .over()
                            .bytes();

            var left = filtered(whole);

            assertThat(left).hasSizeLessThan(whole.length);
            var rest = Arrays.copyOfRange(whole, before.length, whole.length);
            assertThat(Arrays.copyOfRange(left, left.length - rest.length, left.length))
                    .isEqualTo(rest);
        }
    }

    @Test
    void keepsAllOfSectionsThatItDoesNotKnow() throws Exception {
        List<FakeStream.Piece> strange =
                List.of(
                        out -> out.write(9),
                        out -> {
                            out.write(Wire.PART);
                            out.writeInt(77);
                        },
                        out -> {
                            out.write(Wire.FOOTER);
                            out.writeInt(FakeStream.SECTION);
                        });
        for (var piece : strange) {
            var whole = begun().add(piece);
            assertThat(filtered(all(whole).bytes())).isEqualTo(whole.bytes());
        }
        var configured = new FakeStream().head().capabilities("x-ignore-shared").start(BLOCKS);
        assertThat(filtered(all(configured).bytes())).isEqualTo(configured.bytes());
        var other = new FakeStream().add(out -> out.writeLong(0x5145564d00000002L)).start(BLOCKS);
        assertThat(filtered(all(other).bytes())).isEqualTo(other.bytes());
    }

    @Test
    void handsOnWhatBreaksOff() throws Exception {
        var whole = all(begun()).end().over().tail().bytes();
        var random = new Random(1);
        for (var i = 0; i < 300; i++) {
            var length = random.nextInt(whole.length);
            var left = filtered(Arrays.copyOf(whole, length));

            assertThat(left.length).isLessThanOrEqualTo(length + 64);
        }
        assertThat(filtered(new byte[0])).isEmpty();
    }

    @Test
    void makesOfTheTemplateWhatTheWholeMakesOfNothing() throws Exception {
        for (var seed = 0L; seed < 400; seed++) {
            var whole = random(new Random(seed));
            try {
                holds(whole, filtered(whole));
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError("with seed " + seed, e);
            }
        }
    }

    private byte[] random(Random random) {
        var stream = begun().part();
        var last = "";
        var order = List.copyOf(BLOCKS.entrySet());
        for (var block : order) {
            for (var page = 0; page < block.getValue() / SIZE; page++) {
                if (random.nextInt(20) > 0) {
                    last = any(stream, random, last, block.getKey(), page);
                }
            }
        }
        for (var sections = random.nextInt(4); sections >= 0; sections--) {
            stream.over();
            if (random.nextInt(3) == 0) {
                stream.command();
            }
            if (sections == 0) {
                stream.end();
            } else {
                stream.part();
            }
            for (var records = random.nextInt(40); records > 0; records--) {
                var block = order.get(random.nextInt(order.size()));
                var page = random.nextInt(block.getValue() / SIZE);
                last = any(stream, random, last, block.getKey(), page);
            }
        }
        return stream.over().tail().bytes();
    }

    private String any(FakeStream stream, Random random, String last, String block, int page) {
        var name = block.equals(last) && random.nextInt(10) > 0 ? "" : block;
        switch (random.nextInt(4)) {
            case 0 -> stream.zero(name, page);
            case 1 -> stream.page(name, page, filled(random.nextInt(3)));
            default -> stream.page(name, page, filled(page % 4));
        }
        return block;
    }

    private static Map<String, Integer> blocks(int main) {
        var blocks = new LinkedHashMap<String, Integer>();
        blocks.put("rom", 3 * SIZE);
        blocks.put("ram", main);
        blocks.put("tables", 2 * SIZE);
        return blocks;
    }

    private static FakeStream begun() {
        return new FakeStream().head().start(BLOCKS);
    }

    /// Sends all pages of the template, and something for the other blocks.
    private FakeStream all(FakeStream stream) {
        stream.part();
        for (var page = 0; page < PAGES; page++) {
            var name = page == 0 ? "ram" : "";
            if (page % 4 == 0) {
                stream.zero(name, page);
            } else {
                stream.page(name, page, filled(page % 4));
            }
        }
        return stream.zero("rom", 0).zero("tables", 1).zero("ram", 0).over();
    }

    private static byte[] filled(int with) {
        var page = new byte[SIZE];
        Arrays.fill(page, (byte) with);
        return page;
    }

    private byte[] filtered(byte[] stream) throws IOException {
        var out = new ByteArrayOutputStream();
        var in = FakeStream.inPieces(stream, new Random(stream.length));
        var window =
                new Window(
                        in,
                        bytes -> {
                            var taken = new byte[bytes.remaining()];
                            bytes.get(taken);
                            out.writeBytes(taken);
                        });
        try (var pages = BackingPages.map(memory)) {
            new Difference(window, pages).pass();
        }
        window.keepRest();
        return out.toByteArray();
    }

    private void holds(byte[] whole, byte[] left) throws IOException {
        var expected = new HashMap<String, ByteBuffer>();
        var tail = bring(whole, expected, new byte[template.length]);
        var found = new HashMap<String, ByteBuffer>();

        assertThat(bring(left, found, template.clone())).isEqualTo(tail);

        assertThat(found).isEqualTo(expected);
    }

    private static byte[] bring(byte[] stream, Map<String, ByteBuffer> blocks, byte[] main)
            throws IOException {
        return FakeArrival.bring(
                new ByteArrayInputStream(stream),
                name ->
                        blocks.computeIfAbsent(
                                name,
                                n ->
                                        n.equals("ram")
                                                ? ByteBuffer.wrap(main)
                                                : ByteBuffer.allocate(3 * SIZE)));
    }
}
