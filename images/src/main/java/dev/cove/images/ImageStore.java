package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.port.Images;
import dev.cove.platform.Trees;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The images of one data folder, each in a folder of its own, `<name>@<digest>`, that gets this
/// name when it is whole. An image that is made again does not replace the older one of its name,
/// of which VMs may have been made: `find` by name means the newest, by digest any.
///
/// Every image is verified before use: its files' sizes and times each time that it is found, all
/// of its bytes before the first disk is cloned of it after a start (`verify`).
public final class ImageStore implements Images {
    private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);
    private static final String HALF = ".half-";

    private final Path folder;
    private final Workshop workshop;
    private final Intake intake;

    /// Folders, since the same disk may be here under two names.
    private final Map<Path, Boolean> verified = new ConcurrentHashMap<>();

    private final Set<Name> underWay = ConcurrentHashMap.newKeySet();

    /// Opens the store and sweeps what an earlier daemon left half done.
    ///
    /// @param folder `<data>/pool/images`, made if it is absent
    public ImageStore(Path folder, Mirrors mirrors, BootParts parts, InstantSource clock)
            throws InterruptedException {
        this.folder = folder;
        this.workshop = new Workshop(mirrors, parts, clock);
        this.intake = new Intake(new Mmdebstrap(mirrors), parts, clock, this::kernelFor);
        try {
            Files.createDirectories(folder);
            sweep();
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "the images in " + folder + " cannot be opened: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Image> list() {
        var newest = new java.util.TreeMap<Name, Image>();
        all().forEach(image -> newest.merge(image.name(), image, ImageStore::newer));
        return List.copyOf(newest.values());
    }

    @Override
    public Optional<Image> find(Name name) {
        return all().stream().filter(image -> image.name().equals(name)).reduce(ImageStore::newer);
    }

    @Override
    public Optional<Image> find(Digest digest) {
        return all().stream()
                .filter(image -> image.digest().equals(digest))
                .reduce(ImageStore::newer);
    }

    @Override
    public Image build(Build build, Consumer<String> progress) throws InterruptedException {
        var asked = Recipes.of(build.recipe());
        var recipe = build.suite().map(asked::inSuite).orElse(asked).named(build.name());
        return make(build.name(), work -> workshop.build(recipe, work, progress));
    }

    @Override
    public Image take(
            Name name, InputStream content, Optional<Digest> sha256, Consumer<String> progress)
            throws InterruptedException {
        return make(name, work -> intake.take(name, content, sha256, work, progress));
    }

    @Override
    public void remove(Name name) {
        var gone = folders().stream().filter(f -> isOf(f, name)).toList();
        if (gone.isEmpty()) {
            throw CoveException.notFound("image \"" + name + "\" is not here; see: cove image ls");
        }
        gone.forEach(this::discard);
    }

    /// Removes the images that are neither the newest of their name nor in use.
    ///
    /// @param used the images that VMs were made of
    public void prune(Set<Digest> used) {
        for (var image : all()) {
            var newest = find(image.name()).orElse(image);
            if (!newest.digest().equals(image.digest()) && !used.contains(image.digest())) {
                discard(folder(image.name(), image.digest()));
            }
        }
    }

    /// Reads the whole image and compares it with its digests, once per start of the daemon.
    ///
    /// @throws CoveException INTERNAL when it is not what it was
    public void verify(Image image) {
        // Two VMs of one image are made at the same time: one of them reads, the other one waits.
        verified.computeIfAbsent(
                folder(image.name(), image.digest()),
                place -> {
                    ImageFolder.verify(place);
                    return true;
                });
    }

    /// What makes an image: fills the work folder with a sealed image.
    private interface Maker {
        /// @return the folder of the sealed image inside the work folder
        Path make(Path work) throws IOException, InterruptedException;
    }

    private Image make(Name name, Maker maker) throws InterruptedException {
        if (!underWay.add(name)) {
            throw CoveException.conflict(
                    "image \"" + name + "\" is being made already; follow it: cove events");
        }
        Path work = null;
        try {
            work = Files.createTempDirectory(folder, HALF + name + "-");
            // mmdebstrap's apt has a user of its own, who has to get through.
            Files.setPosixFilePermissions(
                    work, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
            var sealed = maker.make(work);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted when it was nearly there");
            }
            return settle(sealed);
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "image \""
                            + name
                            + "\" cannot be written: "
                            + e.getMessage()
                            + "; is there room? see: cove doctor",
                    e);
        } finally {
            // What was interrupted is the making, not the cleaning up.
            var interrupted = Thread.interrupted();
            try {
                if (work != null) {
                    clear(work);
                }
            } finally {
                underWay.remove(name);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    private static InterruptedException interrupted(IOException cause) {
        var interrupted = new InterruptedException(cause.toString());
        interrupted.initCause(cause);
        return interrupted;
    }

    /// Gives a sealed image its place. The same content made twice is one image.
    private Image settle(Path sealed) throws IOException {
        var image = ImageFolder.read(sealed);
        var place = folder(image.name(), image.digest());
        if (Files.exists(place)) {
            discard(place);
        }
        Files.move(sealed, place, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        verified.put(place, true);
        return ImageFolder.read(place);
    }

    /// An image whose kernel and initramfs fit any guest with that init.
    private Optional<Image> kernelFor(String init) {
        return all().stream()
                .filter(image ->
                        ImageFolder.init(folder(image.name(), image.digest())).equals(init))
                .reduce(ImageStore::newer);
    }

    private Path folder(Name name, Digest digest) {
        return folder.resolve(name + "@" + digest.hex().substring(0, 16));
    }

    private static boolean isOf(Path imageFolder, Name name) {
        return String.valueOf(imageFolder.getFileName()).startsWith(name + "@");
    }

    /// A damaged image is no reason to be without the others.
    private List<Image> all() {
        var images = new ArrayList<Image>();
        for (var imageFolder : folders()) {
            try {
                images.add(ImageFolder.read(imageFolder));
            } catch (CoveException e) {
                LOG.warn("{}", e.sentence());
            }
        }
        return images;
    }

    private List<Path> folders() {
        try (var entries = Files.list(folder)) {
            return entries.filter(f -> f.getFileName().toString().contains("@"))
                    .sorted(Comparator.comparing(Path::getFileName))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sweep() throws IOException, InterruptedException {
        try (var entries = Files.newDirectoryStream(folder, HALF + "*")) {
            for (var work : entries) {
                clear(work);
            }
        }
    }

    /// Deletes a work folder, when nobody works in it any more.
    private void clear(Path work) throws InterruptedException {
        Leftovers.end(work);
        discard(work);
    }

    private void discard(Path tree) {
        try {
            Trees.delete(tree);
        } catch (IOException e) {
            throw CoveException.unavailable(
                    tree + " cannot be deleted: " + e.getMessage() + "; see: cove doctor", e);
        }
    }

    private static Image newer(Image one, Image other) {
        return other.created().isAfter(one.created()) ? other : one;
    }
}
