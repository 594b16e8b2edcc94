package dev.cove.testkit;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.port.Images;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Images without content.
public final class FakeImages implements Images {
    private final Map<Name, Image> images = new ConcurrentHashMap<>();
    private final List<Image> made = new CopyOnWriteArrayList<>();

    /// With an image called `debian`.
    public FakeImages() {
        add("debian");
    }

    /// Makes one, or makes it anew: another image by the same name.
    public Image add(String name) {
        var image =
                new Image(
                        new Name(name),
                        new Digest("sha256:" + "%056x%08x".formatted(made.size(), name.hashCode())),
                        Bytes.gibibytes(1),
                        Bytes.mebibytes(300),
                        "a fake",
                        "root",
                        Path.of("/nowhere/" + name + "/disk.raw"),
                        Path.of("/nowhere/" + name + "/vmlinux"),
                        Path.of("/nowhere/" + name + "/initramfs"),
                        "quiet",
                        Instant.EPOCH);
        images.put(image.name(), image);
        made.add(image);
        return image;
    }

    @Override
    public List<Image> list() {
        return images.values().stream().sorted(Comparator.comparing(Image::name)).toList();
    }

    @Override
    public Optional<Image> find(Name name) {
        return Optional.ofNullable(images.get(name));
    }

    @Override
    public Optional<Image> find(Digest digest) {
        return made.stream().filter(i -> i.digest().equals(digest)).findAny();
    }

    @Override
    public Image build(Build build, Consumer<String> progress) {
        progress.accept("building nothing");
        return add(build.name().text());
    }

    @Override
    public Image take(
            Name name, InputStream content, Optional<Digest> sha256, Consumer<String> progress) {
        try {
            progress.accept("read " + content.transferTo(java.io.OutputStream.nullOutputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return add(name.text());
    }

    @Override
    public void remove(Name name) {
        made.removeIf(i -> i.name().equals(name));
        if (images.remove(name) == null) {
            throw CoveException.notFound("image \"" + name + "\" is not here; see: cove image ls");
        }
    }
}
