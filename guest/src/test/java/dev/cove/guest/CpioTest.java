package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;

class CpioTest {
    @Test
    void readsBackWhatItWrote() {
        var archive =
                new Cpio()
                        .folder("etc", 0755)
                        .file("etc/secret", 0600, "odd")
                        .link("bin", "/usr/bin")
                        .characterDevice("console", 0600, 5, 1)
                        .end();

        var entries = CpioReader.read(archive);

        assertThat(entries.names()).containsExactly("etc", "etc/secret", "bin", "console");
        assertThat(entries.entry("etc/secret").text()).isEqualTo("odd");
        assertThat(entries.entry("etc/secret").permissions()).isEqualTo(0600);
        assertThat(entries.entry("etc/secret").uid()).isZero();
        assertThat(entries.entry("bin").text()).isEqualTo("/usr/bin");
    }

    @Test
    void isReadAsOneWithAnotherBehindIt() {
        var both = new ByteArrayOutputStream();
        both.writeBytes(new Cpio().file("a", 0644, "first").file("b", 0644, "x").end());
        both.writeBytes(new Cpio().file("a", 0644, "second").end());

        var entries = CpioReader.read(both.toByteArray());

        assertThat(entries.entry("a").text()).isEqualTo("second");
        assertThat(entries.names()).contains("b");
    }

    @Test
    void endsAtABoundaryThatTheKernelAccepts() {
        assertThat(new Cpio().file("abc", 0644, "x").end().length % 512).isZero();
    }
}
