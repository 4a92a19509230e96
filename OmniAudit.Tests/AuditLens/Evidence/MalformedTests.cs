using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>Whatever the bytes: a problem with its place, never an exception, and nothing lost that came before.</summary>
public sealed class MalformedTests
{
    public static TheoryData<string, string, int> Formats => Examples.Names;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Read_CutAtEveryByte_NeverThrows(string profile, string file, int findings)
    {
        var bytes = Encoding.UTF8.GetBytes(Examples.Text(file));
        for (var length = 0; length < bytes.Length; length++)
        {
            var read = Evidence.Read(bytes[..length], file, profile);
            Assert.True(read.Findings.Count <= findings + 1, $"{read.Findings.Count} findings from {length} bytes");
        }
        // One byte before the end of all that counts, nearly everything is there. A document in one piece may have none.
        Assert.Equal(findings, Evidence.Read(bytes, file, profile).Findings.Count);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Read_RandomAndChangedBytes_NeverThrows(string profile, string file, int findings)
    {
        var random = new Random(findings + file.Length);
        var whole = Encoding.UTF8.GetBytes(Examples.Text(file));
        for (var round = 0; round < 20; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var change = 0; change < 1 + round / 2; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Evidence.Read(bytes, file, profile);
            var noise = new byte[random.Next(2_000)];
            random.NextBytes(noise);
            Evidence.Read(noise, file, profile);
            Evidence.Read(noise, file);
        }
    }

    [Fact]
    public void Read_EveryParserOverEveryOtherFormat_NeverThrows()
    {
        foreach (var profile in EvidenceReader.Profiles)
            foreach (var (_, file, _, text) in Examples.All) Evidence.Read(text, file, profile);
    }

    [Theory]
    [InlineData("junit", "<testsuite><testcase name='a'><failure message='m'/></testcase>\n<testcase name=", 2)]
    [InlineData("sarif", "{\"version\":\"2.1.0\",\"$schema\":\"sarif\",\"runs\":[{\"results\":[{\"message\":{\"text\":\"m\"}},\n{\"message\":", 2)]
    [InlineData("eslint", "[{\"filePath\":\"a\",\"messages\":[{\"message\":\"m\",\"severity\":2}]},\n{]", 2)]
    [InlineData("checkstyle", "<checkstyle><file name='a'><error message='m'/>\n</fil", 2)]
    public void Read_BrokenInTheMiddle_KeepsWhatCameBeforeAndNamesThePlace(string profile, string text, long line)
    {
        var read = Evidence.Read(text);
        Assert.Equal(profile, read.Profile);
        Assert.Equal("m", Assert.Single(read.Findings).Message);
        var problem = Assert.Single(read.Problems);
        Assert.Equal(("malformed", line), (problem.Code, problem.Line));
    }

    [Fact]
    public void Read_OneBadLineOfMany_SkipsThatLine()
    {
        var read = Evidence.Read("{\"message\":\"one\",\"location\":{\"path\":\"a\"}}\n{oops\n{\"message\":\"two\",\"location\":{\"path\":\"b\"}}\n", "x.rdjsonl");
        Assert.Equal(["one", "two"], read.Findings.Select(f => f.Message));
        Assert.Equal(("item_skipped", 2L), (read.Problems[0].Code, read.Problems[0].Line));
    }

    [Theory]
    [InlineData("", "unknown_format")]
    [InlineData("just some words", "unknown_format")]
    [InlineData("{\"a\":1}", "unknown_format")]
    public void Read_NothingKnown_SaysSo(string text, string code) => Assert.Equal(("unknown", code), (Evidence.Read(text, "x.bin").Profile, Evidence.Read(text, "x.bin").Problems[0].Code));

    [Fact]
    public void Read_UnknownProfile_NamesTheProfiles() => Assert.Contains("junit", Evidence.Read("x", "x", "junitt").Problems[0].Message, StringComparison.Ordinal);

    [Fact]
    public void Read_BeyondBounds_SaysWhatIsMissing()
    {
        var bounds = new ParseBounds { Findings = 2, Tests = 3, MessageChars = 10 };
        var text = "<testsuite>" + string.Concat(Enumerable.Range(0, 5).Select(i => $"<testcase name='t{i}'><failure message='a message of some length'/></testcase>")) + "</testsuite>";
        var read = Evidence.Read(text, bounds: bounds);
        Assert.Equal((2, 3), (read.Findings.Count, read.Tests.Count));
        Assert.Equal([("findings", 3L), ("tests", 2L)], read.Cuts.Where(c => c.What is "findings" or "tests").Select(c => (c.What, c.Count)));
        Assert.Contains(read.Cuts, c => c.What == "message characters");
    }

    [Fact]
    public void Read_ItemBeyondTheBound_IsPassedOverAndTheNextIsRead()
    {
        var text = $$"""[{"filePath":"a","messages":[{"message":"{{new string('x', 200_000)}}"}]},{"filePath":"b","messages":[{"message":"m"}]}]""";
        var read = Evidence.Read(text, bounds: new ParseBounds { JsonItemBytes = 70_000 });
        Assert.Equal("b", Assert.Single(read.Findings).File);
        Assert.Contains(read.Cuts, c => c.What == "oversized items");
    }

    [Fact]
    public void Read_StreamOfSingleBytes_ReadsTheSame()
    {
        foreach (var (profile, file, findings, text) in Examples.All)
        {
            var read = EvidenceReader.Read(new Trickle(Encoding.UTF8.GetBytes(text)), new EvidenceSource("r", file), profile, cancellationToken: CancellationToken.None);
            Assert.Equal((file, findings), (file, read.Findings.Count));
        }
    }

    [Fact]
    public void Read_DeepNesting_IsAProblemAndNoStackOverflow()
    {
        Assert.NotEmpty(Evidence.Read(new string('[', 100_000), "a.sarif", "sarif").Problems);
        Assert.NotEmpty(Evidence.Read(string.Concat(Enumerable.Repeat("<testsuite>", 50_000)), "a.xml", "junit").Problems);
    }

    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
