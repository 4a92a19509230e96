using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.GitHub.Archives;

namespace OmniAudit.Tests.GitHub.Archives;

public sealed class SafeZipTests
{
    private static readonly byte[] Good = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 900).Select(i => $"line {i}")));
    private static readonly ZipPart Before = new("before.txt", Good);
    private static readonly ZipPart After = new("after.txt", [7, 8, 9]);

    private static async Task<(ArchiveManifest Manifest, Dictionary<string, byte[]> Files)> ReadAsync(byte[] zip, ArchiveLimits? limits = null)
    {
        var files = new Dictionary<string, byte[]>();
        using var archive = new MemoryStream(zip);
        var manifest = await SafeZip.ReadAsync(archive, limits ?? new ArchiveLimits(), async (file, content, cancellationToken) =>
        {
            using var copy = new MemoryStream();
            await content.CopyToAsync(copy, cancellationToken);
            files.Add(file.Name, copy.ToArray());
        }, CancellationToken.None);
        // Nothing is handed on that is not in the manifest, with its size and hash.
        Assert.Equal(manifest.Accepted.Select(f => (f.Name, f.Size, f.Sha256)), files.Select(f => (f.Key, (long)f.Value.Length, Convert.ToHexStringLower(SHA256.HashData(f.Value)))));
        return (manifest, files);
    }

    public static TheoryData<string, string> HostileEntries { get; } = new()
    {
        { "wrong crc", "crc_mismatch" }, { "flipped byte", "crc_mismatch" }, { "stored flipped byte", "crc_mismatch" }, { "announces less", "length_lies" }, { "announces more", "length_lies" }, { "stored announces less", "length_lies" },
        { "cut off", "length_lies" }, { "not deflated", "damaged" }, { "..", "traversal" }, { "../x", "traversal" }, { "a/../../x", "traversal" }, { "..\\x", "traversal" }, { "a\\..\\..\\x", "traversal" },
        { "/etc/passwd", "absolute_name" }, { "\\\\host\\share", "absolute_name" }, { "C:\\x", "drive_name" }, { "c:x", "drive_name" }, { "a\0.txt", "nul_in_name" }, { "a\u001b[31m", "control_in_name" }, { "", "bad_name" }, { "a//b", "bad_name" },
        { "./a", "bad_name" }, { "NUL", "reserved_name" }, { "dir/con.txt", "reserved_name" }, { "com1.log", "reserved_name" }, { "aux /x", "reserved_name" }, { "symlink", "symlink" }, { "device", "special_file" }, { "fifo", "special_file" },
        { "before.txt", "duplicate_name" }, { "Before.TXT", "case_collision" }, { "encrypted", "encrypted" }, { "method", "unknown_method" }, { "local name", "headers_differ" }, { "same bytes", "headers_differ" }, { "same bytes and name", "overlap" },
        { "directory/", "directory_with_content" }, { "bomb", "ratio" }, { "lying bomb", "length_lies" },
    };

    /// <summary>Each one between two good ones: it is listed with its reason, nothing of it is handed on, and the good ones are there.</summary>
    [Theory]
    [MemberData(nameof(HostileEntries))]
    public async Task Entry_Hostile_IsListedWithItsReasonAndNotHandedOn(string what, string reason)
    {
        var zeros = new byte[8 * 1024 * 1024];
        var part = what switch
        {
            "wrong crc" => new ZipPart("x", Good) { Crc = 17 },
            "flipped byte" => new ZipPart("x", Good) { Damage = _ => ZipMaker.Deflate([.. Good[..100], (byte)(Good[100] ^ 1), .. Good[101..]]) },
            "stored flipped byte" => new ZipPart("x", Good) { Stored = true, Damage = b => [.. b[..100], (byte)(b[100] ^ 1), .. b[101..]] },
            "announces less" => new ZipPart("x", Good) { Size = 10 },
            "announces more" => new ZipPart("x", Good) { Size = (uint)Good.Length + 1 },
            "stored announces less" => new ZipPart("x", Good) { Stored = true, Size = 10 },
            "cut off" => new ZipPart("x", Good) { Damage = b => b[..(b.Length / 2)] },
            "not deflated" => new ZipPart("x", Good) { Damage = b => [0xff, 0xff, .. b[2..]] },
            "symlink" => new ZipPart("x", Encoding.UTF8.GetBytes("/etc/passwd")) { Mode = 0xA1FF },
            "device" => new ZipPart("x", Good) { Mode = 0x2180 },
            "fifo" => new ZipPart("x", Good) { Mode = 0x1180 },
            "encrypted" => new ZipPart("x", Good) { Flags = 1 },
            "method" => new ZipPart("x", Good) { Method = 14 },
            "local name" => new ZipPart("x", Good) { LocalName = "y" },
            "same bytes" => new ZipPart("x", Good) { SameBytesAs = 0 },
            "same bytes and name" => new ZipPart("x", Good) { SameBytesAs = 0 },
            "bomb" => new ZipPart("x", zeros),
            "lying bomb" => new ZipPart("x", zeros) { Size = 1000 },
            _ => new ZipPart(what, Good),
        };
        // Only one header can be shared, so this one has the good one's name there.
        var zip = what == "same bytes and name" ? ZipMaker.Make(new ZipPart("x", Good), part with { Name = "y", RawName = "x"u8.ToArray() }, After) : ZipMaker.Make(Before, part, After);
        if (what == "same bytes and name")
        {
            Assert.Equal("duplicate_name", Assert.Single((await ReadAsync(zip)).Manifest.Rejected).Reason);
            zip = Quine();
        }
        var (manifest, files) = await ReadAsync(zip);
        Assert.Null(manifest.Problem);
        Assert.Equal(reason, Assert.Single(manifest.Rejected).Reason);
        Assert.DoesNotContain(manifest.Rejected[0].Name, char.IsControl);
        Assert.Equal(2, files.Count);
        Assert.Equal([7, 8, 9], files["after.txt"]);
    }

    /// <summary>An entry whose packed bytes are another entry, header and all.</summary>
    private static byte[] Quine()
    {
        var inner = ZipMaker.Make(new ZipPart("inner.txt", Good) { Stored = true });
        var own = inner[..(30 + "inner.txt".Length + Good.Length)];
        return Patched();

        byte[] Patched()
        {
            // outer.bin is stored and begins with inner.txt's own header; the list names both.
            var outer = new ZipPart("outer.bin", own) { Stored = true };
            var zip = ZipMaker.Make(outer, new ZipPart("inner.txt", Good) { Stored = true, SameBytesAs = 0 }, After);
            // The list's second entry points to the first one's header; move it on to the header inside.
            var list = zip.AsSpan();
            var at = Find(list, 0x02014b50, 2);
            BitConverter.TryWriteBytes(list[(at + 42)..], 30u + (uint)"outer.bin".Length);
            return zip;
        }

        static int Find(ReadOnlySpan<byte> zip, uint signature, int which)
        {
            for (var i = 0; i < zip.Length - 4; i++)
                if (BitConverter.ToUInt32(zip[i..]) == signature && --which == 0) return i;
            throw new InvalidOperationException("No such header.");
        }
    }

    [Fact]
    public async Task Archive_Honest_IsTakenWhole()
    {
        using var made = new MemoryStream();
        using (var zip = new ZipArchive(made, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry("reports/");
            await using (var entry = await zip.CreateEntry("reports/junit.xml").OpenAsync()) await entry.WriteAsync(Good);
            await using (var entry = await zip.CreateEntry("ünïcode/日本 1_Set up job.txt", CompressionLevel.NoCompression).OpenAsync()) await entry.WriteAsync(Good);
            await using (var entry = await zip.CreateEntry("empty").OpenAsync()) await entry.FlushAsync();
        }
        var (manifest, files) = await ReadAsync(made.ToArray());
        Assert.Equal((null, 0, 1), (manifest.Problem, manifest.Rejected.Count, manifest.Directories));
        Assert.Equal(["reports/junit.xml", "ünïcode/日本 1_Set up job.txt", "empty"], files.Keys);
        Assert.Equal(Good, files["reports/junit.xml"]);
    }

    [Fact]
    public async Task Archive_WithDescriptorsZip64OrBackslashes_IsTakenWhole()
    {
        var (manifest, files) = await ReadAsync(ZipMaker.Make([new ZipPart("a", Good) { Descriptor = true }, new ZipPart("b", Good) { Zip64 = true }, new ZipPart("dir\\c", Good), new ZipPart("", Good) { RawName = [0xE9, 0x2E, 0x78] }], null, end64: true));
        Assert.Equal((null, 0), (manifest.Problem, manifest.Rejected.Count));
        Assert.Equal(["a", "b", "dir/c", "é.x"], files.Keys);
        Assert.All(files.Values, f => Assert.Equal(Good, f));
    }

    /// <summary>64 MiB of zeros are 66 KB; depth is one, so an archive within is a file like any other.</summary>
    [Fact]
    public async Task Archive_OfArchives_IsNotOpenedFurther()
    {
        var inner = ZipMaker.Make(new ZipPart("bomb", new byte[4 * 1024 * 1024]));
        var (manifest, files) = await ReadAsync(ZipMaker.Make(new ZipPart("inner.zip", inner)));
        Assert.Empty(manifest.Rejected);
        Assert.Equal(inner, files["inner.zip"]);
    }

    [Fact]
    public async Task Archive_BeyondItsBounds_KeepsWhatFitsAndSaysWhatDoesNot()
    {
        var parts = Enumerable.Range(0, 6).Select(i => new ZipPart($"{i}", RandomNumberGenerator.GetBytes(1000))).ToArray();
        var (many, _) = await ReadAsync(ZipMaker.Make(parts), new ArchiveLimits { Entries = 4 });
        Assert.Equal((4, "The archive lists 6 files; only the first 4 were read."), (many.Accepted.Count, many.Problem));
        var (large, _) = await ReadAsync(ZipMaker.Make(parts), new ArchiveLimits { EntryBytes = 999 });
        Assert.All(large.Rejected, r => Assert.Equal("entry_too_large", r.Reason));
        var (total, _) = await ReadAsync(ZipMaker.Make(parts), new ArchiveLimits { TotalBytes = 2500 });
        Assert.Equal((2, 4), (total.Accepted.Count, total.Rejected.Count(r => r.Reason == "total_too_large")));
    }

    [Theory]
    [InlineData("text", "no archive")]
    [InlineData("empty", "no archive")]
    [InlineData("cut", "cut off")]
    [InlineData("count", "says that it has 9 files, and lists 1")]
    [InlineData("prefix", "put in")]
    [InlineData("list", "damaged")]
    public async Task Archive_ThatIsNone_IsRefusedAsAWhole(string what, string says)
    {
        var zip = ZipMaker.Make(Before);
        var bytes = what switch
        {
            "text" => Good,
            "empty" => [],
            "cut" => zip[..^30],
            "count" => ZipMaker.Make([Before], 9),
            "prefix" => [.. "#!/bin/sh\n"u8, .. zip],
            _ => [.. zip[..^60], 0, .. zip[^59..]],
        };
        if (what == "list") bytes[^(22 + 46 + "before.txt".Length)] ^= 1;
        var (manifest, _) = await ReadAsync(bytes);
        Assert.Contains(says, manifest.Problem, StringComparison.Ordinal);
        Assert.Empty(manifest.Accepted);
    }

    [Fact]
    public async Task Reading_Again_GivesTheSameManifest()
    {
        var zip = ZipMaker.Make(Before, new ZipPart("../x", Good), After);
        var (first, second) = ((await ReadAsync(zip)).Manifest, (await ReadAsync(zip)).Manifest);
        Assert.Equal(first.Accepted, second.Accepted);
        Assert.Equal(first.Rejected, second.Rejected);
    }

    [Fact]
    public void Crc32_OfAnyLengthAndInPieces_IsTheStandardOne()
    {
        var bytes = RandomNumberGenerator.GetBytes(1000);
        for (var length = 0; length < 40; length++)
        {
            var crc = new Crc32();
            crc.Append(bytes.AsSpan(0, length / 3));
            crc.Append(bytes.AsSpan(length / 3, length - (length / 3)));
            Assert.Equal(ZipMaker.Crc(bytes[..length]), crc.Value);
        }
        var known = new Crc32();
        known.Append("123456789"u8);
        Assert.Equal(0xCBF43926u, known.Value);
    }
}
