package dev.cove.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @Test
    void readsEveryFormOfCoveHost() {
        assertThat(Endpoint.parse("unix:///run/x.sock"))
                .isEqualTo(new Endpoint.Unix(Path.of("/run/x.sock")));
        assertThat(Endpoint.parse("/run/x.sock"))
                .isEqualTo(new Endpoint.Unix(Path.of("/run/x.sock")));
        assertThat(Endpoint.parse("box")).isEqualTo(new Endpoint.Tcp("box", 7777, false));
        assertThat(Endpoint.parse("10.0.0.5:80"))
                .isEqualTo(new Endpoint.Tcp("10.0.0.5", 80, false));
        assertThat(Endpoint.parse("http://box:81/")).isEqualTo(new Endpoint.Tcp("box", 81, false));
        assertThat(Endpoint.parse("https://cove.example.org"))
                .isEqualTo(new Endpoint.Tcp("cove.example.org", 443, true));
        assertThat(Endpoint.parse("[::1]:7777")).isEqualTo(new Endpoint.Tcp("::1", 7777, false));
        assertThat(Endpoint.parse("[::1]:7777").authority()).isEqualTo("[::1]:7777");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "unix://",
                "unix://relative",
                "ftp://x",
                "host:0",
                "host:65536",
                "host:99999",
                "http://",
                "a b",
                "host:80/path",
                "-x",
                "h\r\nX: y",
                "user@host",
            })
    void refusesWhatIsNoEndpoint(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("COVE_HOST");
    }

    @Test
    void refusesASocketPathThatTheKernelWouldCut() {
        assertThatThrownBy(() -> Endpoint.parse("unix:///" + "x".repeat(107)))
                .isInstanceOf(CoveException.class);
    }
}
