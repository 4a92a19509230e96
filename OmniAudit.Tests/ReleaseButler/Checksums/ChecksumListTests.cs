using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.ReleaseButler.Checksums;

namespace OmniAudit.Tests.ReleaseButler.Checksums;

/// <summary>SHA256SUMS in all spellings; what sha256sum takes, it takes, and the other way round but for what is said to be more.</summary>
public sealed class ChecksumListTests
{
    private const string A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    private const string B = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    /// <summary>A line, and the name it gives; null for none.</summary>
    public static TheoryData<string, string?> Spellings => new()
    {
        { $"{A}  app.zip", "app.zip" },
        { $"{A} *app.zip", "app.zip" },
        { $"{A} app.zip", "app.zip" },
        { $"{A}\t app.zip", "app.zip" },
        { $"{A}\tapp.zip", "app.zip" },
        { A.ToUpperInvariant() + "  app.zip", "app.zip" },
        { $"  {A}  app.zip", "app.zip" },
        { $"{A}  app.zip\r", "app.zip" },
        { $"SHA256 (app.zip) = {A}", "app.zip" },
        { $"SHA256(app.zip)= {A}", "app.zip" },
        { $"{A}   app.zip", " app.zip" },
        { $"{A}  *app.zip", "*app.zip" },
        { $"\\{A}  a\\\\b", "a\\b" },
        { $"\\{A}  a\\nb", "a\nb" },
        { $"\\SHA256 (a\\\\b) = {A}", "a\\b" },
        { $"{A}  ./dist/app.zip", "./dist/app.zip" },
        { $"SHA256 (a (1).zip) = {A}", "a (1).zip" },
        { $"sha256 (app.zip) = {A}", null },
        { $"{A[..63]}  app.zip", null },
        { $"{A}0  app.zip", null },
        { $"{Convert.ToBase64String(Convert.FromHexString(A))}  app.zip", null },
        { A, null },
        { $"{A}  ", " " },
        { $"\\{A}  a\\tb", null },
        { $"# {A}  app.zip", null },
        { "", null },
        { "no checksum at all", null },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Line_InASpelling_GivesItsNameOrNone(string line, string? name)
    {
        var list = ChecksumList.Parse(Encoding.UTF8.GetBytes(line));
        Assert.Equal(name is null ? [] : [(name, "sha256", A)], list.Lines.Select(l => (l.Name, l.Algorithm, l.Hex)));
    }

    /// <summary>The same lines, and files of these names with the content <c>a</c>: coreutils finds those that are found here.</summary>
    [Fact]
    public async Task Spellings_All_AreJudgedAsByCoreutils()
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-sums");
        try
        {
            foreach (var (line, name) in Spellings.Select(s => ((string)s[0], (string?)s[1])))
            {
                if (name is not null)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(directory.FullName, name))!);
                    await File.WriteAllTextAsync(Path.Combine(directory.FullName, name), "a");
                }
                await File.WriteAllTextAsync(Path.Combine(directory.FullName, "SUMS"), line);
                using var check = Process.Start(new ProcessStartInfo("sha256sum", "-c --strict SUMS") { WorkingDirectory = directory.FullName, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
                await check.WaitForExitAsync();
                Assert.True(check.ExitCode == 0 == name is not null, $"sha256sum answers {check.ExitCode} to: {line}");
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Names_OfAnyText_ComeBackAsSha256sumWritesThem() => Prop.ForAll<NonEmptyString>(any =>
    {
        var name = new string([.. any.Get.Where(c => c is not ('\0' or '/') && !char.IsSurrogate(c))]);
        if (name.Length == 0 || name.Trim().Length == 0) return true;
        var escaped = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
        var mark = escaped == name ? "" : "\\";
        return ChecksumList.Parse(Encoding.UTF8.GetBytes($"{mark}{A}  {escaped}\n{B} *other\n")).Of(name).Sha256 == A || name == "other";
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_OfAnyBytes_EndsWithLinesOrFormatException() => Prop.ForAll<byte[]>(bytes =>
    {
        try
        {
            return ChecksumList.Parse(bytes).Lines.All(l => l.Name.Length > 0);
        }
        catch (FormatException)
        {
            return true;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Answer_ForAName_IsByItsLastPartAndNeverTheFirstLine()
    {
        var list = ChecksumList.Parse(Encoding.UTF8.GetBytes($"{A}  ./dist/app.zip\n{B}  other.zip\n{B}  twice\n{A}  twice\n{A}  same\n{A}  same\n"));
        Assert.Equal((A, false), (list.Of("app.zip").Sha256, list.Of("app.zip").Contradicts));
        Assert.Null(list.Of("missing.zip").Sha256);
        Assert.Equal((null, true), (list.Of("twice").Sha256, list.Of("twice").Contradicts));
        Assert.Equal(A, list.Of("same").Sha256);
    }

    [Fact]
    public void Algorithms_Others_AreToldByTagOrLength()
    {
        var sha512 = Convert.ToHexStringLower(SHA512.HashData("a"u8));
        var list = ChecksumList.Parse(Encoding.UTF8.GetBytes($"{sha512}  app.zip\nMD5 (app.zip) = 0cc175b9c0f1b6a831c399e269772661\n{A}  app.zip\nSHA1 (only.zip) = 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"));
        Assert.Equal(A, list.Of("app.zip").Sha256);
        Assert.Equal(["sha512", "md5"], list.Of("app.zip").Others);
        Assert.Equal((null, "sha1"), (list.Of("only.zip").Sha256, Assert.Single(list.Of("only.zip").Others)));
    }

    [Fact]
    public void Hash_WithoutAName_CountsInAFileOfItsOneSubjectOnly()
    {
        Assert.Equal(A, ChecksumList.Parse(Encoding.UTF8.GetBytes(A + "\n"), "app.zip").Of("app.zip").Sha256);
        var fault = Assert.Single(ChecksumList.Parse(Encoding.UTF8.GetBytes(A + "\n")).Faults);
        Assert.Equal((1, "is a hash without a name"), (fault.Line, fault.Why));
    }

    [Fact]
    public void Mark_OfByteOrder_IsTakenWithAWarning()
    {
        var list = ChecksumList.Parse([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes($"{A}  app.zip")]);
        Assert.Equal(A, list.Of("app.zip").Sha256);
        Assert.Contains("byte order mark", Assert.Single(list.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_OfSizeAndLines_AreKept()
    {
        Assert.Throws<FormatException>(() => ChecksumList.Parse(new byte[ChecksumList.LargestFile + 1]));
        Assert.Throws<FormatException>(() => ChecksumList.Parse(Encoding.UTF8.GetBytes(new string('\n', ChecksumList.MostLines + 5))));
        Assert.Throws<FormatException>(() => ChecksumList.Parse("a\0b"u8));
    }

    [Theory]
    [InlineData("SHA256SUMS", true)]
    [InlineData("sha256sums.txt", true)]
    [InlineData("app_1.2_checksums.txt", true)]
    [InlineData("app.zip.sha256", true)]
    [InlineData("SHA256SUMS.asc", false)]
    [InlineData("app.zip", false)]
    public void Name_OfAList_IsKnown(string name, bool known) => Assert.Equal(known, ChecksumList.IsListName(name));

    [Fact]
    public async Task Stream_OfAnyLength_HasTheHashOfItsBytes()
    {
        foreach (var length in new[] { 0, 1, 512 * 1024, (512 * 1024) + 1, 3_000_000 })
        {
            var bytes = new byte[length];
            new System.Random(length).NextBytes(bytes);
            Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), length), await StreamHash.Sha256Async(new MemoryStream(bytes), CancellationToken.None));
        }
        Assert.True(StreamHash.Same(A, A.ToUpperInvariant()));
        Assert.False(StreamHash.Same(A, B));
        Assert.False(StreamHash.Same(A, A[..62] + "zz"));
    }
}
