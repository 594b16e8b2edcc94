package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.core.Export;
import dev.cove.core.port.Snapshots;
import dev.cove.images.ExportBytes.Piece;
import dev.cove.platform.SparseFile;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExportFileTest {
    private static final int NOTHING_BUT_ROOM = 1;

    @TempDir Path folder;
    private Path into;
    private Snapshots.Files files;

    @BeforeEach
    void makeAVm() throws Exception {
        files = ExportedVm.write(folder.resolve("vm"), new Random(1));
        into = Files.createDirectory(folder.resolve("into"));
    }

    static Stream<Export> kinds() {
        return Stream.of(ExportedVm.stopped(), ExportedVm.running(false), ExportedVm.running(true));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void givesBackWhatWasExported(Export export) throws Exception {
        var file = ExportedVm.bytes(export, files);

        assertThat(ExportedVm.read(file, into)).isEqualTo(export);

        var there = ExportedVm.files(into);
        assertThat(Files.mismatch(there.disk(), files.disk())).isEqualTo(-1);
        if (export.moment().isPresent()) {
            assertThat(Files.mismatch(there.state(), files.state())).isEqualTo(-1);
        }
        var memory = export.moment().flatMap(m -> m.memory()).isPresent();
        if (memory) {
            assertThat(Files.mismatch(there.memory(), files.memory())).isEqualTo(-1);
        }
        assertThat(there.memory().toFile().exists()).isEqualTo(memory);
    }

    @Test
    void keepsHolesAndLeavesThemOut() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);
        ExportedVm.read(file, into);

        // Noise twice and a state; the rest packs to nearly nothing.
        assertThat(file.length).isLessThan(250_000);
        var there = ExportedVm.files(into);
        assertThat(SparseFile.dataIn(there.disk())).isLessThan(120_000);
        assertThat(SparseFile.dataIn(there.memory())).isLessThan(120_000);
    }

    @Test
    void leavesTheStreamsOpen() throws Exception {
        var stopped = ExportedVm.stopped();
        var out =
                new OutputStream() {
                    @Override
                    public void write(int b) {
                        // All that counts is the end.
                    }

                    @Override
                    public void close() throws IOException {
                        throw new IOException("closed");
                    }
                };
        new ExportFile(() -> Bytes.gibibytes(1)).write(stopped, files, out);

        var in =
                new ByteArrayInputStream(ExportedVm.bytes(stopped, files)) {
                    @Override
                    public void close() throws IOException {
                        throw new IOException("closed");
                    }
                };
        new ExportFile(() -> Bytes.gibibytes(1))
                .read(in, new ExportedVm.FolderDraft(into), _ -> {});
    }

    @Test
    void asksWhetherItIsWantedBeforeItWritesAnything() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);

        assertThatThrownBy(() ->
                        new ExportFile(() -> Bytes.gibibytes(1))
                                .read(
                                        new ByteArrayInputStream(file),
                                        new ExportedVm.FolderDraft(into),
                                        export -> {
                                            throw CoveException.conflict(
                                                    export.name() + " is here");
                                        }))
                .hasMessage("web is here");

        assertThat(into).isEmptyDirectory();
    }

    @Test
    void refusesAFileThatEndsAnywhereBeforeItsEnd() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);
        for (var length :
                new int[] {0, 5, 14, 16, 18, 200, 3000, file.length - 33, file.length - 1}) {
            refused(Arrays.copyOf(file, length), "no VM|is cut short");
        }
    }

    @Test
    void refusesAFileWithOneByteChanged() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.running(true), files);
        var random = new Random(7);
        var places = new ArrayList<>(List.of(0, 14, 17, 18, file.length - 1, file.length - 33));
        random.ints(40, 0, file.length).forEach(places::add);
        for (var place : places) {
            var changed = file.clone();
            changed[place] ^= (byte) (1 << random.nextInt(8));
            refused(changed, ".*");
        }
    }

    @Test
    void refusesMoreBehindTheEnd() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.stopped(), files);

        refused(Arrays.copyOf(file, file.length + 1), "more behind its end");
    }

    @Test
    void refusesAnotherVersion() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.stopped(), files);
        file["cove-export ".length()] = '2';

        refused(file, "no VM that a Cove of this age has exported");
    }

    static Stream<Map.Entry<String, List<Piece>>> misplaced() {
        var text = "content".repeat(1000).getBytes(UTF_8);
        var one = Piece.of(ExportPart.DISK, 4096, text);
        var state = Piece.of(ExportPart.STATE, 0, text);
        return Stream.of(
                Map.entry("outside of 11096", List.of(one, one)),
                Map.entry("outside of 11096", List.of(one, one.at(11095))),
                Map.entry("outside of 0", List.of(one.at(-1))),
                Map.entry("outside of 0", List.of(one.at(Long.MIN_VALUE))),
                Map.entry("outside of 0", List.of(one.at(Long.MAX_VALUE))),
                Map.entry("outside of 0", List.of(one.at(ExportedVm.DISK - 6999))),
                Map.entry("a hole at 0", List.of(one, state.at(1))),
                Map.entry("a hole at 7000", List.of(one, state, state.at(7001))),
                Map.entry("state has 7000 bytes and should have 75000", List.of(one, state)),
                Map.entry("state has 0 bytes", List.of(one)),
                Map.entry("kind 1 where none", List.of(state, one)),
                Map.entry("kind 3 where none", List.of(one, Piece.of(ExportPart.MEMORY, 0, text))),
                Map.entry("state has 0 bytes", List.of(new Piece(9, 0, 1, 1, new byte[1]))),
                Map.entry("is nothing", List.of(Piece.of(ExportPart.DISK, 0, new byte[9000]))),
                Map.entry("0 bytes in 0", List.of(Piece.of(ExportPart.DISK, 0, new byte[0]))),
                Map.entry("bytes in", List.of(new Piece(1, 0, 1 << 21, 10, new byte[10]))),
                Map.entry("bytes in", List.of(new Piece(1, 0, 10, 11, new byte[11]))),
                Map.entry("bytes in", List.of(new Piece(1, 0, -1, 5, new byte[5]))),
                Map.entry("bytes in", List.of(new Piece(1, 0, 5, -1, new byte[5]))),
                Map.entry("cannot be unpacked", List.of(new Piece(1, 0, 100, 5, new byte[5]))));
    }

    @ParameterizedTest
    @MethodSource("misplaced")
    void refusesPiecesThatDoNotFit(Map.Entry<String, List<Piece>> refusal) throws Exception {
        var honest = ExportBytes.of(ExportedVm.bytes(ExportedVm.running(false), files));
        var pieces = new ArrayList<>(refusal.getValue());
        if (refusal.getKey().startsWith("kind 3") || refusal.getKey().startsWith("kind 1 ")) {
            // All that comes before is right.
            honest.pieces().stream()
                    .filter(p -> p.kind() == ExportPart.STATE.number())
                    .forEach(p -> pieces.add(1, p));
            pieces.removeIf(p -> p.kind() == 2 && p.length() == 7000);
        }

        refused(honest.with(pieces).bytes(), refusal.getKey());
    }

    @Test
    void refusesABombOfOnePiece() throws Exception {
        var honest = ExportBytes.of(ExportedVm.bytes(ExportedVm.stopped(), files));
        var bomb = com.github.luben.zstd.Zstd.compress(new byte[64 << 20]);
        // It says that it holds one MiB, and has 64.
        var piece = new Piece(1, 0, ExportPart.LARGEST_PIECE, bomb.length, bomb);

        refused(honest.with(List.of(piece)).bytes(), "cannot be unpacked");
    }

    @Test
    void writesNoMoreThanThereIsRoomFor() throws Exception {
        var honest = ExportBytes.of(ExportedVm.bytes(ExportedVm.stopped(), files));
        var mebibyte = new byte[ExportPart.LARGEST_PIECE];
        Arrays.fill(mebibyte, (byte) NOTHING_BUT_ROOM);
        var packed = com.github.luben.zstd.Zstd.compress(mebibyte);
        var bomb = new ArrayList<Piece>();
        for (var at = 0L; at < 1L << 30; at += mebibyte.length) {
            bomb.add(new Piece(1, at, mebibyte.length, packed.length, packed));
        }
        var file =
                honest.with(honest.header().replace("\"disk\":8388608", "\"disk\":1073741824"))
                        .with(bomb)
                        .bytes();
        assertThat(file.length).isLessThan(1 << 20);

        assertThatThrownBy(() ->
                        new ExportFile(this::freeOf300)
                                .read(
                                        new ByteArrayInputStream(file),
                                        new ExportedVm.FolderDraft(into),
                                        _ -> {}))
                .isInstanceOfSatisfying(
                        CoveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                .hasMessageContaining("no room");
        assertThat(SparseFile.dataIn(ExportedVm.files(into).disk())).isLessThan(64 << 20);
    }

    /// A pool with 300 MiB, of which 256 are to stay free.
    private Bytes freeOf300() {
        return new Bytes(
                Bytes.mebibytes(300).count() - SparseFile.dataIn(ExportedVm.files(into).disk()));
    }

    static Stream<Map.Entry<String, String>> headers() {
        return Stream.of(
                Map.entry("\"name\":\"web\"", "\"name\":\"../../etc\""),
                Map.entry("\"name\":\"web\",", ""),
                Map.entry("\"name\":\"web\"", "\"name\":null"),
                Map.entry("\"name\":\"web\"", "\"name\":[\"web\"]"),
                Map.entry("\"name\":\"web\"", "\"name\":\"web\",\"name\":\"db\""),
                Map.entry("sha256:0f", "sha256:0g"),
                Map.entry("\"cpus\":2", "\"cpus\":4294967298"),
                Map.entry("\"cpus\":2", "\"cpus\":2.5"),
                Map.entry("\"cpus\":2", "\"cpus\":1e99999"),
                Map.entry("\"memory\":67108864", "\"memory\":9223372036854775807"),
                Map.entry("\"memory\":67108864,", "\"memory\":134217728,"),
                Map.entry("\"disk\":8388608", "\"disk\":0"),
                Map.entry("\"disk\":8388608", "\"disk\":-1"),
                Map.entry("\"disk\":8388608", "\"disk\":17592186044417"),
                Map.entry("\"state\":75000,", ""),
                Map.entry("\"vmm\":\"qemu\"", "\"vmm\":\"qe/mu\""),
                Map.entry("ssh-ed25519", "ssh-none"),
                Map.entry("\"labels\":{", "\"labels\":{\"a b\":\"c\","),
                Map.entry("PT10M", "PT-10M"),
                Map.entry("PT10M", "PT9999999H"),
                Map.entry("PT10M", "soon"),
                Map.entry("2026-01-02", "2026-13-02"),
                Map.entry("\"flushed\":true", "\"flushed\":\"yes\""),
                Map.entry("\"state\":4275878552", "\"state\":-1"),
                Map.entry("\"moment\":{", "\"moment\":7,\"other\":{"),
                Map.entry("{\"name\"", "[{\"name\""),
                Map.entry("{\"name\"", "{} {\"name\""),
                Map.entry("{\"name\"", "[".repeat(100_000)));
    }

    @ParameterizedTest
    @MethodSource("headers")
    void refusesAHeaderThatIsWrong(Map.Entry<String, String> change) throws Exception {
        var honest = ExportBytes.of(ExportedVm.bytes(ExportedVm.running(true), files));
        assertThat(honest.header()).contains(change.getKey());

        refused(
                honest.with(honest.header().replace(change.getKey(), change.getValue())).bytes(),
                "its (header|memory)");

        assertThat(into).isEmptyDirectory();
    }

    @Test
    void passesOverFieldsOfALaterCove() throws Exception {
        var honest = ExportBytes.of(ExportedVm.bytes(ExportedVm.stopped(), files));
        var later = honest.with(honest.header().replaceFirst("\\{", "{\"later\":[{}],"));

        assertThat(ExportedVm.read(later.bytes(), into)).isEqualTo(ExportedVm.stopped());
    }

    @Test
    void saysThatTheStreamBrokeAndNotThatTheFileIsBad() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.stopped(), files);
        var broken =
                new SequenceInputStream(
                        new ByteArrayInputStream(file, 0, 1000),
                        new FilterInputStream(InputStream.nullInputStream()) {
                            @Override
                            public int read(byte[] bytes, int from, int length) throws IOException {
                                throw new IOException("connection reset");
                            }
                        });

        assertThatThrownBy(() ->
                        new ExportFile(() -> Bytes.gibibytes(1))
                                .read(broken, new ExportedVm.FolderDraft(into), _ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage("connection reset");
    }

    @Test
    void stopsWhenItIsNoLongerOfInterest() throws Exception {
        var file = ExportedVm.bytes(ExportedVm.stopped(), files);

        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> ExportedVm.read(file, into))
                .isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> ExportedVm.bytes(ExportedVm.stopped(), files))
                .isInstanceOf(InterruptedException.class);
    }

    private void refused(byte[] file, String why) throws Exception {
        assertThatThrownBy(() -> ExportedVm.read(file, into))
                .isInstanceOfSatisfying(
                        CoveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                .hasMessageStartingWith("this file cannot be imported: ")
                .hasMessageMatching("(?s).*(" + why + ").*");
        new SnapshotFolder(into).make();
    }
}
