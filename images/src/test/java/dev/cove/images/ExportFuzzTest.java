package dev.cove.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import dev.cove.images.ExportBytes.Piece;
import dev.cove.platform.SparseFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Exported VMs that somebody has changed at random, half of them with a checksum that is right all
/// the same: each is refused in Cove's own words, or is what it says. Prints the seed of a case
/// that fails; give it back with `-Dfuzz.seed=`.
class ExportFuzzTest {
    private static final int CASES = 2000;
    private static final long SEED = Long.getLong("fuzz.seed", 20_260_101L);
    private static final long MOST_WRITTEN = 16 << 20;

    @TempDir Path folder;

    @Test
    @Timeout(300)
    void noneDoesMoreThanToBeRefused() throws Exception {
        var files = ExportedVm.write(folder.resolve("vm"), new Random(1));
        var honest =
                List.of(
                        ExportedVm.bytes(ExportedVm.stopped(), files),
                        ExportedVm.bytes(ExportedVm.running(false), files),
                        ExportedVm.bytes(ExportedVm.running(true), files));
        var accepted = 0;
        for (var seed = SEED; seed < SEED + CASES; seed++) {
            var random = new Random(seed);
            var original = honest.get(random.nextInt(honest.size()));
            if (survives(seed, original, random)) {
                accepted++;
            }
        }
        // Some changes change nothing that counts, such as a letter of a label.
        assertThat(accepted).isBetween(1, CASES / 4);
    }

    private boolean survives(long seed, byte[] original, Random random) throws Exception {
        var signed = random.nextBoolean();
        var file = signed ? forged(original, random) : harmed(original, random);
        var into = Files.createDirectory(folder.resolve("into"));
        try {
            var export = ExportedVm.read(file, into);
            assertThat(signed || Arrays.equals(file, original)).as("seed %d", seed).isTrue();
            assertThat(ExportHeader.of(export, ExportedVm.files(into)).sizes())
                    .as("seed %d", seed)
                    .isEqualTo(
                            ExportHeader.parse(ExportBytes.of(file).header().getBytes(UTF_8))
                                    .sizes());
            return true;
        } catch (CoveException e) {
            assertThat(e.kind()).as("seed %d: %s", seed, e).isIn(Kind.INVALID, Kind.UNAVAILABLE);
            return false;
        } catch (RuntimeException | IOException | Error e) {
            return fail("seed " + seed, e);
        } finally {
            assertThat(written(into)).as("seed %d", seed).isLessThan(MOST_WRITTEN);
            new SnapshotFolder(into).delete();
            assertThat(folder).as("seed %d", seed).isDirectoryContaining("glob:**/vm");
        }
    }

    private static long written(Path into) throws IOException {
        try (var files = Files.list(into)) {
            return files.mapToLong(SparseFile::dataIn).sum();
        }
    }

    /// What happens to files on their way.
    private static byte[] harmed(byte[] file, Random random) {
        var at = random.nextInt(file.length);
        var length = Math.min(1 + random.nextInt(5000), file.length - at);
        return switch (random.nextInt(6)) {
            case 0 -> flipped(file, 1, random);
            case 1 -> flipped(file, 1 + random.nextInt(20), random);
            case 2 -> Arrays.copyOf(file, at);
            case 3 -> Arrays.copyOf(file, file.length + length);
            case 4 -> spliced(file, at, at + length, new byte[0]);
            default -> spliced(file, at, at, Arrays.copyOfRange(file, at, at + length));
        };
    }

    /// What somebody does who knows the format.
    private static byte[] forged(byte[] file, Random random) {
        var parts = ExportBytes.of(file);
        return switch (random.nextInt(5)) {
            case 0 -> ExportBytes.resigned(flipped(file, 1 + random.nextInt(3), random));
            case 1 -> parts.with(shuffled(parts.pieces(), random)).bytes();
            case 2 -> parts.with(lying(parts.pieces(), random)).bytes();
            case 3 -> parts.with(numbered(parts.header(), random)).bytes();
            default -> parts.with(mangled(parts.header(), random)).bytes();
        };
    }

    private static byte[] flipped(byte[] file, int times, Random random) {
        var changed = file.clone();
        for (var i = 0; i < times; i++) {
            // The beginning and the end are where most is decided.
            var near = Math.min(file.length, 1500);
            var at =
                    switch (random.nextInt(3)) {
                        case 0 -> random.nextInt(near);
                        case 1 -> file.length - 1 - random.nextInt(near);
                        default -> random.nextInt(file.length);
                    };
            changed[at] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private static byte[] spliced(byte[] file, int from, int to, byte[] with) {
        var changed = new byte[file.length - (to - from) + with.length];
        System.arraycopy(file, 0, changed, 0, from);
        System.arraycopy(with, 0, changed, from, with.length);
        System.arraycopy(file, to, changed, from + with.length, file.length - to);
        return changed;
    }

    private static List<Piece> shuffled(List<Piece> pieces, Random random) {
        var changed = new ArrayList<>(pieces);
        var one = random.nextInt(changed.size());
        var other = random.nextInt(changed.size());
        switch (random.nextInt(3)) {
            case 0 -> java.util.Collections.swap(changed, one, other);
            case 1 -> changed.remove(one);
            default -> changed.add(other, changed.get(one));
        }
        return changed;
    }

    private static List<Piece> lying(List<Piece> pieces, Random random) {
        var changed = new ArrayList<>(pieces);
        var at = random.nextInt(changed.size());
        var p = changed.get(at);
        var lie = lie(random);
        changed.set(
                at,
                switch (random.nextInt(4)) {
                    case 0 -> p.kind(random.nextInt(256));
                    case 1 -> p.at(random.nextBoolean() ? lie : p.at() + random.nextInt(9) - 4);
                    case 2 -> p.length((int) lie);
                    default -> p.size((int) lie);
                });
        return changed;
    }

    private static long lie(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Long.MAX_VALUE - random.nextInt(2);
            case 3 -> Integer.MAX_VALUE;
            case 4 -> 1L << random.nextInt(64);
            default -> random.nextLong();
        };
    }

    /// Another number in the place of one.
    private static String numbered(String header, Random random) {
        var numbers = java.util.regex.Pattern.compile(":\\d+").matcher(header).results().toList();
        var one = numbers.get(random.nextInt(numbers.size()));
        return header.substring(0, one.start() + 1) + lie(random) + header.substring(one.end());
    }

    /// Some of it twice, some of it not at all, some of it something else.
    private static String mangled(String header, Random random) {
        var from = random.nextInt(header.length());
        var to = Math.min(header.length(), from + random.nextInt(30));
        var middle =
                switch (random.nextInt(4)) {
                    case 0 -> "";
                    case 1 -> header.substring(from, to).repeat(2);
                    case 2 -> "null";
                    default -> "{[\"\\ud800,:".substring(random.nextInt(9));
                };
        return header.substring(0, from) + middle + header.substring(to);
    }
}
