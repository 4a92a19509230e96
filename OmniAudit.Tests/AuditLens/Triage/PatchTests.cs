using System.Diagnostics;
using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Triage.Patches;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.AuditLens.Triage;

/// <summary>A patch applies to the bytes it names, or there is none.</summary>
public sealed class PatchTests
{
    private const string Path = "src/a b.js";

    private static PatchResult Make(byte[] blob, params FindingEdit[] edits) => PatchMaker.Make(Finding(edits), Path, blob, FakeGitHub.BlobSha(blob));

    private static PatchResult Make(string text, params FindingEdit[] edits) => Make(Encoding.UTF8.GetBytes(text), edits);

    private static EvidenceFinding Finding(params FindingEdit[] edits) => new() { Kind = FindingKind.Lint, Title = "t", Fixes = [new FindingFix("Fix", edits)] };

    private static FindingEdit At(int offset, int length, string text) => new(Path, text, Offset: offset, Length: length);

    private static FindingEdit In(int line, int column, int endLine, int endColumn, string text, string? old = null) => new(Path, text, new SourceRange(line, column, endLine, endColumn), OldText: old);

    private static string Applied(PatchResult result, byte[] blob)
    {
        Assert.True(result.Patch is not null, result.None?.Reason);
        Assert.Equal(FakeGitHub.BlobSha(blob), result.Patch.BlobSha);
        var bytes = DiffApplier.Apply(blob, result.Patch.Diff);
        Assert.Equal(FakeGitHub.BlobSha(bytes), result.Patch.PatchedSha);
        return Encoding.UTF8.GetString(bytes);
    }

    [Fact]
    public void Fix_OfOneLine_IsTheDiffThatGitWouldWrite()
    {
        var blob = "one\ntwo\nthree\nfour\nfive\n"u8.ToArray();
        var made = Make(blob, In(2, 1, 2, 4, "TWO"));
        Assert.Equal("one\nTWO\nthree\nfour\nfive\n", Applied(made, blob));
        Assert.Equal(
            $"diff --git a/{Path} b/{Path}\nindex {made.Patch!.BlobSha}..{made.Patch.PatchedSha}\n--- a/{Path}\t\n+++ b/{Path}\t\n@@ -1,5 +1,5 @@\n one\n-two\n+TWO\n three\n four\n five\n", made.Patch.Diff);
        Assert.Equal((1, 1, 1), (made.Patch.Hunks, made.Patch.Added, made.Patch.Removed));
    }

    [Theory]
    // ESLint counts UTF-16 units without the mark; everything that is not touched keeps its bytes.
    [InlineData("\uFEFFa = \"💥\";\r\nb\r\n", 8, 1, "", "\uFEFFa = \"💥\"\r\nb\r\n")]
    [InlineData("last line", 0, 4, "LAST", "LAST line")]
    [InlineData("a\n", 2, 0, "b\n", "a\nb\n")]
    [InlineData("a", 1, 0, "\n", "a\n")]
    [InlineData("a\nb\n", 0, 4, "", "")]
    [InlineData("", 0, 0, "new\n", "new\n")]
    [InlineData("a\nb", 1, 1, "", "ab")]
    public void Offsets_OfUtf16Units_KeepEveryOtherByte(string text, int offset, int length, string replacement, string expected)
    {
        var blob = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, Applied(Make(blob, At(offset, length, replacement)), blob));
    }

    [Fact]
    public void NewLines_InAFileOfCrLf_EndInCrLf()
    {
        var blob = "a\r\nb\r\n"u8.ToArray();
        var made = Make(blob, In(1, 2, 1, 2, "\nx\n"));
        Assert.Equal("a\r\nx\r\n\r\nb\r\n", Applied(made, blob));
        Assert.Contains("CRLF", Assert.Single(made.Patch!.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("overlap", 0, 3, 2, 2)]
    [InlineData("overlap", 1, 0, 1, 0)]
    [InlineData("out_of_range", 0, 1, 90, 1)]
    [InlineData("out_of_range", 0, 1, -1, 1)]
    public void Edits_ThatCannotBothBe_AreNoPatch(string code, int first, int firstLength, int second, int secondLength) =>
        Assert.Equal(code, Make("abcdef\n", At(first, firstLength, "x"), At(second, secondLength, "y")).None?.Code);

    public static TheoryData<string, FindingEdit> Refused => new()
    {
        { "out_of_range", In(9, 1, 9, 2, "x") },
        { "out_of_range", In(1, 1, 1, 9, "x") },
        { "out_of_range", In(2, 1, 1, 1, "x") },
        { "splits_character", In(2, 2, 2, 3, "x") },
        { "old_text_differs", In(1, 1, 1, 4, "x", "two") },
        { "no_change", In(1, 1, 1, 4, "one") },
        { "redacted", In(1, 1, 1, 4, "[redacted:token]") },
        { "hidden_characters", In(1, 1, 1, 4, "a\u202Eb") },
        { "no_place", new FindingEdit(Path, "x") },
        { "several_files", new FindingEdit("src/other.js", "x", new SourceRange(1, 1, 1, 2)) },
        { "broken_text", In(1, 1, 1, 4, "\uD83D") },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Edit_ThatCannotBeProven_IsNoPatchWithItsReason(string code, FindingEdit edit)
    {
        // Half a character is broken before it is anything else.
        var made = Make("one\n💥two\n", edit);
        Assert.Null(made.Patch);
        Assert.True(made.None!.Code == code || (code == "broken_text" && made.None.Code == "hidden_characters"), made.None.Code);
        Assert.EndsWith(".", made.None.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Blob_ThatIsNotTheOneNamedOrNoText_IsNoPatch()
    {
        var edit = At(0, 1, "x");
        Assert.Equal("blob_mismatch", PatchMaker.Make(Finding(edit), Path, "abc"u8.ToArray(), FakeGitHub.BlobSha("abd"u8.ToArray())).None?.Code);
        Assert.Equal("not_text", Make([0xFF, 0x61], edit).None?.Code);
        Assert.Equal("not_text", Make([0x61, 0x00], edit).None?.Code);
        Assert.Equal("no_fix", PatchMaker.Make(Finding(edit) with { Fixes = [] }, Path, "abc"u8.ToArray(), FakeGitHub.BlobSha("abc"u8.ToArray())).None?.Code);
        Assert.Equal("secret_nearby", Make("token = \"ghp_abcdefghijklmnopqrstuvwxyz0123456789\"\nb\n", In(2, 1, 2, 2, "c")).None?.Code);
    }

    [Fact]
    public void Fix_ThatFails_LeavesTheNextOneItsTurn()
    {
        var blob = "abc\n"u8.ToArray();
        var finding = Finding(At(90, 1, "x")) with { Fixes = [new FindingFix("Far", [At(90, 1, "x")]), new FindingFix("Near", [At(0, 1, "A")])] };
        var made = PatchMaker.Make(finding, Path, blob, FakeGitHub.BlobSha(blob));
        Assert.Equal(("Near", "Abc\n"), (made.Patch!.Description, Applied(made, blob)));
    }

    [Theory]
    [InlineData("--- a/x.go\n+++ b/x.go\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n", "a\nb\nc\n", "a\nB\nc\n")]
    [InlineData("--- a/x.go\n+++ b/x.go\n@@ -2,0 +3 @@\n+x\n", "a\nb\nc\n", "a\nb\nx\nc\n")]
    [InlineData("--- a/x.go\n+++ b/x.go\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n", "a\nb", "a\nb\n")]
    [InlineData("--- a/x.go\n+++ b/x.go\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n", "a\nb\n", "a\nc")]
    [InlineData("--- a/x.go\n+++ b/x.go\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a\r\nb\r\n", "a\r\nc\r\n")]
    public void Hunk_OfAFormatter_BecomesThePatchItWas(string diff, string text, string expected)
    {
        var finding = Assert.Single(Evidence.Evidence.Read(diff, "fmt.diff").Findings);
        var blob = Encoding.UTF8.GetBytes(text);
        Assert.Equal(expected, Applied(PatchMaker.Make(finding, "x.go", blob, FakeGitHub.BlobSha(blob)), blob));
    }

    [Fact]
    public void SarifFix_WithItsRange_IsProven()
    {
        const string sarif = """
            {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[{"ruleId":"R","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/a.cs"},"region":{"startLine":2}}}],
            "fixes":[{"description":{"text":"use var"},"artifactChanges":[{"artifactLocation":{"uri":"src/a.cs"},"replacements":[{"deletedRegion":{"startLine":2,"startColumn":1,"endColumn":4},"insertedContent":{"text":"var"}},{"deletedRegion":{"startLine":3,"startColumn":1,"endColumn":1},"insertedContent":{"text":"// "}}]}]}]}]}]}
            """;
        var finding = Assert.Single(Evidence.Evidence.Read(sarif, "r.sarif").Findings);
        var blob = "{\nint x;\nint y;\n}"u8.ToArray();
        Assert.Equal("{\nvar x;\n// int y;\n}", Applied(PatchMaker.Make(finding, "src/a.cs", blob, FakeGitHub.BlobSha(blob)), blob));
    }

    [Theory]
    [InlineData("@@ -1,2 +1,2 @@\n a\n-x\n+c\n")]
    [InlineData("@@ -1 +1 @@\n-a\n")]
    [InlineData("@@ -9 +9 @@\n-a\n+b\n")]
    [InlineData("@@ -2,1 +2,1 @@\n-b\n\\ No newline at end of file\n+c\n")]
    [InlineData("no hunk\n")]
    public void Applier_OfADiffThatDoesNotFit_Refuses(string diff) => Assert.Throws<FormatException>(() => DiffApplier.Apply("a\nb\n"u8, diff));

    /// <summary>Random files and edits: what is called proven is what the edits say, and git takes it.</summary>
    [Fact]
    public async Task Patches_OfRandomEdits_AreProvenAndGitTakesThem()
    {
        var random = new Random(20261122);
        var folder = Directory.CreateTempSubdirectory("omniaudit-patch-");
        try
        {
            for (var round = 0; round < 1_500; round++)
            {
                var text = Text(random);
                var (edits, expected) = Edits(random, text);
                var blob = Encoding.UTF8.GetBytes(text);
                var made = Make(blob, edits);
                if (expected == text)
                {
                    Assert.Equal("no_change", made.None?.Code);
                    continue;
                }
                Assert.Equal(expected, Applied(made, blob));
                if (round % 25 != 0) continue;
                var file = System.IO.Path.Combine(folder.FullName, Path);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(file, blob);
                await File.WriteAllTextAsync(System.IO.Path.Combine(folder.FullName, "p.diff"), made.Patch!.Diff);
                await GitApplyAsync(folder.FullName);
                Assert.Equal(expected, Encoding.UTF8.GetString(File.Exists(file) ? await File.ReadAllBytesAsync(file) : []));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Text(Random random)
    {
        var end = random.Next(3) switch { 0 => "\r\n", 1 => "\n", _ => "" };
        var text = new StringBuilder();
        for (var lines = random.Next(30); lines > 0; lines--)
            text.Append(random.Next(4) switch { 0 => "", 1 => "same", 2 => $"é{random.Next(9)}💥", _ => $"line {random.Next(1000)}" }).Append(end.Length > 0 ? end : random.Next(2) == 0 ? "\n" : "\r\n");
        if (random.Next(2) == 0) text.Append("no end");
        return text.ToString();
    }

    private static (FindingEdit[] Edits, string Expected) Edits(Random random, string text)
    {
        var edits = new List<FindingEdit>();
        var expected = new StringBuilder();
        var at = 0;
        for (var left = random.Next(1, 5); left > 0; left--)
        {
            var from = random.Next(at, text.Length + 1);
            var to = Math.Min(text.Length, from + random.Next(12));
            if (Splits(text, from) || Splits(text, to) || (edits.Count > 0 && from == at)) continue;
            var lines = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
            var replacement = string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(3) == 0 ? lines : "new"));
            edits.Add(At(from, to - from, replacement));
            expected.Append(text, at, from - at).Append(replacement);
            at = to;
        }
        expected.Append(text, at, text.Length - at);
        if (edits.Count == 0) edits.Add(At(0, 0, ""));
        return ([.. edits.OrderBy(_ => random.Next())], expected.ToString());
    }

    private static bool Splits(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]);

    private static async Task GitApplyAsync(string folder)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["apply", "--whitespace=nowarn", "p.diff"]) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardError = true, Environment = { ["GIT_CEILING_DIRECTORIES"] = System.IO.Path.GetDirectoryName(folder) } })!;
        var said = await git.StandardError.ReadToEndAsync();
        await git.WaitForExitAsync();
        Assert.True(git.ExitCode == 0, $"{said}\n{await File.ReadAllTextAsync(System.IO.Path.Combine(folder, "p.diff"))}");
    }
}
