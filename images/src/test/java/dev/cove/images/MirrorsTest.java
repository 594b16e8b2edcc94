package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cove.core.CoveException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MirrorsTest {
    private static final Mirrors EXAMPLE =
            new Mirrors(
                    Optional.of(URI.create("http://mirror.example.org/debian")),
                    Optional.of(URI.create("http://mirror.example.org/debian-security")),
                    List.of());

    @Test
    void asksForAMirrorWhereNobodyNamedOne() {
        var nobody = new Mirrors(Optional.empty(), Optional.empty(), List.of());

        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(() -> nobody.sources("trixie"))
                .withMessageContaining("--images-mirror");
    }

    @Test
    void asksASuiteForItsUpdatesToo() {
        assertThat(EXAMPLE.sources("trixie"))
                .containsExactly(
                        "deb http://mirror.example.org/debian trixie main",
                        "deb http://mirror.example.org/debian trixie-updates main",
                        "deb http://mirror.example.org/debian-security trixie-security main");
    }

    @Test
    void knowsThatSidHasNoUpdates() {
        assertThat(EXAMPLE.sources("sid")).hasSize(1);
    }

    @Test
    void findsTheMirrorThatAptUses() {
        var repositories =
                List.of(
                        "https://packages.example.org/other/ main",
                        "http://mirror.example.org/debian/ contrib",
                        "http://mirror.example.org/debian/ main");

        assertThat(Mirrors.find(repositories, "/debian/"))
                .contains(URI.create("http://mirror.example.org/debian"));
        assertThat(Mirrors.find(repositories, "/debian-security/")).isEmpty();
    }

    @Test
    void findsTheProxyThatAptUses() {
        var configuration =
                """
                Acquire "";
                Acquire::http::Proxy "http://cache.example.org:3142";
                Acquire::http::Proxy "http://evil\\"; Dir::Bin::dpkg \\"x";
                """;

        assertThat(Mirrors.proxies(configuration))
                .containsExactly("Acquire::http::Proxy \"http://cache.example.org:3142\";");
    }
}
