package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RootTarTest {
    private static final Bytes MOST = Bytes.mebibytes(1);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = open(bytes);

    @Test
    void copiesAnOrdinaryRoot() throws Exception {
        folder("./");
        folder("./usr/");
        folder("./usr/sbin/");
        link("./sbin", "usr/sbin");
        file("./usr/sbin/init", "the init");
        hardLink("./usr/sbin/telinit", "./usr/sbin/init");
        link("./etc", "/private/etc");
        device("./dev/null");

        var copy = new ByteArrayOutputStream();
        var copied = copy(copy);

        assertThat(copied.init()).contains("/sbin/init");
        assertThat(copied.content()).isEqualTo(new Bytes(8));
        assertThat(names(copy))
                .containsExactly(
                        "usr/", "usr/sbin/", "sbin", "usr/sbin/init", "usr/sbin/telinit", "etc");
    }

    @Test
    void makesTheFoldersThatATarballLeavesOut() throws Exception {
        file("a/b/c", "deep");

        var copy = new ByteArrayOutputStream();
        copy(copy);

        assertThat(names(copy)).containsExactly("a/", "a/b/", "a/b/c");
    }

    @Test
    void keepsNamesThatAreNotAscii() throws Exception {
        file("usr/F\u0151tan\u00fas\u00edtv\u00e1ny.crt", "x");

        var copy = new ByteArrayOutputStream();
        copy(copy);

        assertThat(names(copy)).contains("usr/F\u0151tan\u00fas\u00edtv\u00e1ny.crt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../x", "a/..", "./../x", "a/b/../../../x"})
    void refusesNamesThatClimb(String name) throws Exception {
        file(name, "out");

        refuses("climbs out");
    }

    @Test
    void refusesNamesFromTheRoot() throws Exception {
        var entry = new TarArchiveEntry("/etc/passwd", true);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();

        refuses("begins with /");
    }

    @Test
    void refusesToWriteThroughALink() throws Exception {
        link("etc", "/etc");
        file("etc/passwd", "out");

        refuses("written through \"etc\"");
    }

    @Test
    void refusesToWriteThroughALinkThatIsWrittenDifferently() throws Exception {
        link("./a//b", "/");
        file("a/./b/x", "out");

        refuses("written through \"a/b\"");
    }

    @Test
    void refusesALinkInTheNameOfAFolder() throws Exception {
        folder("etc/");
        link("etc", "/etc");

        refuses("comes twice");
    }

    @Test
    void refusesAFolderInTheNameOfALink() throws Exception {
        link("etc", "/etc");
        folder("etc/");

        refuses("comes twice");
    }

    @Test
    void refusesAFileThatComesTwice() throws Exception {
        file("etc/shadow", "one");
        file("./etc//shadow", "other");

        refuses("comes twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/shadow", "/etc/shadow", "etc/shadow", "etc", "link"})
    void refusesHardLinksToWhatIsNoFileOfTheTarball(String target) throws Exception {
        folder("etc/");
        link("link", "/etc/shadow");
        hardLink("x", target);

        assertThatThrownBy(() -> copy(new ByteArrayOutputStream()))
                .satisfies(RootTarTest::isRefusal);
    }

    @Test
    void refusesDevicesOutsideDev() throws Exception {
        device("tmp/sda");

        refuses("is a device");
    }

    @Test
    void refusesMoreThanThereIsRoomFor() throws Exception {
        file("a", "x".repeat(1 << 19));
        file("b", "x".repeat((1 << 19) + 1));

        refuses("more than 1M");
    }

    @Test
    void refusesATarballThatEndsInTheMiddle() throws Exception {
        file("a", "x".repeat(100_000));
        tar.finish();
        var half = Arrays.copyOf(bytes.toByteArray(), 50_000);

        assertThatThrownBy(() -> copy(half)).satisfies(RootTarTest::isRefusal);
    }

    @Test
    void refusesATarballWithoutItsEnd() throws Exception {
        file("a", "x");
        tar.finish();
        var lacking = Arrays.copyOf(bytes.toByteArray(), 1024);

        assertThatThrownBy(() -> copy(lacking))
                .satisfies(RootTarTest::isRefusal)
                .hasMessageContaining("cut short");
    }

    /// A file of some kilobytes, packed, that would be a name of gigabytes.
    @Test
    void refusesANameThatFillsTheMemory() throws Exception {
        var name = new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
        name.setSize(1L << 32);
        tar.putArchiveEntry(name);
        tar.flush();

        assertThatThrownBy(() -> copy(bytes.toByteArray()))
                .satisfies(RootTarTest::isRefusal)
                .hasMessageContaining("header larger than");
    }

    @Test
    void refusesNamesThatWouldComeOutAsOthers() throws Exception {
        file("a\ufffd", "x");

        refuses("not UTF-8");
    }

    @Test
    void keepsOwnersModesAndTimes() throws Exception {
        var entry = new TarArchiveEntry("usr/bin/su");
        entry.setMode(0104755);
        entry.setUserId(4_000_000_000L);
        entry.setGroupId(5);
        entry.setModTime(1_700_000_000_000L);
        put(entry, "x");

        var copy = new ByteArrayOutputStream();
        copy(copy);

        var copied = entries(copy).getLast();
        assertThat(copied.getMode() & 07777).isEqualTo(04755);
        assertThat(copied.getLongUserId()).isEqualTo(4_000_000_000L);
        assertThat(copied.getLongGroupId()).isEqualTo(5);
        assertThat(copied.getModTime()).hasSameTimeAs("2023-11-14T22:13:20Z");
    }

    @Test
    void givesUpWhenItIsInterrupted() throws Exception {
        file("a", "x".repeat(1000));
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> copy(new ByteArrayOutputStream()))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void refusesAnEmptyOne() throws Exception {
        refuses("empty");
    }

    @Test
    void answersAnyBytesWithACopyOrARefusal() throws Exception {
        folder("etc/");
        file("etc/motd", "hello");
        link("bin", "usr/bin");
        hardLink("m", "etc/motd");
        tar.finish();
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 3000; i++) {
            var spoilt = bytes.toByteArray();
            for (var j = random.nextInt(8); j >= 0; j--) {
                spoilt[random.nextInt(2560)] = (byte) random.nextInt(256);
            }
            try {
                var copy = new ByteArrayOutputStream();
                RootTar.copy(new ByteArrayInputStream(spoilt), copy, MOST);
                assertThat(names(copy)).as("seed %d", seed).noneMatch(n -> n.contains(".."));
            } catch (CoveException e) {
                assertThat(e.kind()).as("seed %d", seed).isEqualTo(Kind.INVALID);
            }
        }
    }

    private void refuses(String why) {
        assertThatThrownBy(() -> copy(new ByteArrayOutputStream()))
                .satisfies(RootTarTest::isRefusal)
                .hasMessageContaining(why);
    }

    private static void isRefusal(Throwable e) {
        assertThat(e)
                .isInstanceOfSatisfying(
                        CoveException.class, r -> assertThat(r.kind()).isEqualTo(Kind.INVALID));
    }

    private RootTar.Copied copy(ByteArrayOutputStream to) throws Exception {
        tar.finish();
        return RootTar.copy(new ByteArrayInputStream(bytes.toByteArray()), to, MOST);
    }

    private static RootTar.Copied copy(byte[] archive) throws Exception {
        return RootTar.copy(new ByteArrayInputStream(archive), new ByteArrayOutputStream(), MOST);
    }

    private static List<String> names(ByteArrayOutputStream copy) throws IOException {
        return entries(copy).stream().map(TarArchiveEntry::getName).toList();
    }

    private static List<TarArchiveEntry> entries(ByteArrayOutputStream copy) throws IOException {
        var entries = new ArrayList<TarArchiveEntry>();
        try (var in =
                new TarArchiveInputStream(new ByteArrayInputStream(copy.toByteArray()), "UTF-8")) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static TarArchiveOutputStream open(ByteArrayOutputStream bytes) {
        var tar = new TarArchiveOutputStream(bytes, "UTF-8");
        tar.setAddPaxHeadersForNonAsciiNames(true);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        return tar;
    }

    private void folder(String name) {
        put(new TarArchiveEntry(name), "");
    }

    private void file(String name, String content) {
        put(new TarArchiveEntry(name), content);
    }

    private void link(String name, String target) {
        var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        put(entry, "");
    }

    private void hardLink(String name, String target) {
        var entry = new TarArchiveEntry(name, TarConstants.LF_LINK);
        entry.setLinkName(target);
        put(entry, "");
    }

    private void device(String name) {
        put(new TarArchiveEntry(name, TarConstants.LF_BLK), "");
    }

    private void put(TarArchiveEntry entry, String content) {
        try {
            var text = content.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            if (text.length > 0) {
                entry.setSize(text.length);
            }
            tar.putArchiveEntry(entry);
            tar.write(text);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
