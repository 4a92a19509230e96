using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.GitHub.Archives;

namespace OmniAudit.Tests.AuditLens;

public sealed class FetchEvidenceToolTests(EvidenceWorld world) : IClassFixture<EvidenceWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    private Task<JsonElement> FetchAsync(string name, string? source = null, int? attempt = null) =>
        world.CallAsync("auditlens.fetch_evidence", new { repo = _repository.FullName, run_id = 7, artifact_name = name, source, attempt });

    private async Task<EvidenceManifest> ManifestAsync(JsonElement answer)
    {
        var store = world.App.Get<EvidenceStore>();
        return await store.ManifestAsync((await store.FindAsync(answer.GetProperty("evidence_ref").GetString()!, CancellationToken.None))!, CancellationToken.None);
    }

    private async Task<byte[]> StoredAsync(EvidenceFile file)
    {
        await using var content = await world.App.Get<ObjectStore>().OpenAsync(file.Reference!, CancellationToken.None);
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        return copy.ToArray();
    }

    [Fact]
    public async Task Artifact_Hostile_IsKeptWhereHonestAndItsRestIsInTheManifestWithReasons()
    {
        var good = Encoding.UTF8.GetBytes("<testsuite/>");
        EvidenceWorld.AddArtifact(_repository, 70, "reports", ZipMaker.Make(
            new ZipPart("good/junit.xml", good), new ZipPart("lies.xml", good) { Size = 3 }, new ZipPart("crc.xml", good) { Crc = 1 }, new ZipPart("../up.xml", good), new ZipPart("link", good) { Mode = 0xA1FF },
            new ZipPart("GOOD/junit.xml", good), new ZipPart("picture.png", [1, 0, 2])));

        var answer = await FetchAsync("reports");

        Assert.Equal((70, 1), (answer.GetProperty("artifact_id").GetInt64(), answer.GetProperty("file_count").GetInt32()));
        var manifest = await ManifestAsync(answer);
        Assert.Equal(["case_collision", "crc_mismatch", "length_lies", "symlink", "traversal"], manifest.Rejected.Select(r => r.Reason).Order(StringComparer.Ordinal));
        Assert.All(manifest.Rejected, r => Assert.NotEmpty(r.Message));
        Assert.Equal("binary", manifest.Files.Single(f => f.Path == "picture.png").NotKept);
        Assert.Equal(6, answer.GetProperty("rejected").GetArrayLength());
        Assert.Equal(good, await StoredAsync(manifest.Files.Single(f => f.Path == "good/junit.xml")));
        Assert.Equal(manifest.Origin.ApiDigest, $"sha256:{manifest.ArchiveSha256}");
        Assert.Equal(EvidenceWorld.Sha, manifest.Origin.HeadSha);

        // Again: the same content is the same evidence.
        var again = await FetchAsync("reports");
        Assert.Equal(answer.GetProperty("evidence_ref").GetString(), again.GetProperty("evidence_ref").GetString());
        Assert.Equal(answer.GetProperty("sha256").GetString(), again.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task Artifact_WithSecrets_IsStoredWithoutThem()
    {
        const string token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        EvidenceWorld.AddArtifact(_repository, 70, "logs", EvidenceWorld.Zip(("a.log", $"one\r\ncurl -H 'Authorization: token {token}'\r\n-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----\nlast")));

        var answer = await FetchAsync("logs");

        var stored = Encoding.UTF8.GetString(await StoredAsync((await ManifestAsync(answer)).Files.Single()));
        Assert.DoesNotContain(token, stored, StringComparison.Ordinal);
        Assert.DoesNotContain("MIIEabc", stored, StringComparison.Ordinal);
        Assert.StartsWith("one\r\n", stored, StringComparison.Ordinal);
        Assert.EndsWith("\nlast", stored, StringComparison.Ordinal);
        Assert.Equal(4, answer.GetProperty("redactions").GetInt32());
    }

    [Fact]
    public async Task Artifact_OfWhichThereAreTwo_IsTheNewestThatIsStillThere()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "reports", EvidenceWorld.Zip(("a.txt", "first attempt")));
        EvidenceWorld.AddArtifact(_repository, 71, "reports", EvidenceWorld.Zip(("a.txt", "second attempt")));
        EvidenceWorld.AddArtifact(_repository, 72, "reports", EvidenceWorld.Zip(("a.txt", "gone")), expired: true);

        var answer = await FetchAsync("reports");

        Assert.Equal(71, answer.GetProperty("artifact_id").GetInt64());
        Assert.Contains("3 artifacts have this name", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Artifact_ThatIsNotThere_IsRefusedAndSaysWhatIs()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "reports", EvidenceWorld.Zip(("a.txt", "x")));
        EvidenceWorld.AddArtifact(_repository, 71, "old", EvidenceWorld.Zip(("a.txt", "x")), expired: true);
        object Ask(long run, string name, string? source = null) => new { repo = _repository.FullName, run_id = run, artifact_name = name, source };

        Assert.Contains("It has: reports, old.", await world.RefusedAsync("artifact_name", "auditlens.fetch_evidence", Ask(7, "nope")), StringComparison.Ordinal);
        Assert.Contains("has expired", await world.RefusedAsync("artifact_name", "auditlens.fetch_evidence", Ask(7, "old")), StringComparison.Ordinal);
        await world.RefusedAsync("run_id", "auditlens.fetch_evidence", Ask(8, "reports"));
        Assert.Contains("It has no jobs", await world.RefusedAsync("artifact_name", "auditlens.fetch_evidence", Ask(7, "build", "logs")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Artifact_OfARepositoryOutsideTheAgentsBounds_IsNeitherFetchedNorReadNorListed()
    {
        EvidenceWorld.AddArtifact(_repository, 70, "reports", EvidenceWorld.Zip(("a.txt", "x")));
        var evidence = (await FetchAsync("reports")).GetProperty("evidence_ref").GetString()!;
        var key = await world.StrangerAsync();

        await world.RefusedAsync("repo", "auditlens.fetch_evidence", new { repo = _repository.FullName, run_id = 7, artifact_name = "reports" }, key);
        await world.RefusedAsync("evidence_ref", "auditlens.read_log", new { evidence_ref = evidence, mode = "tail" }, key);
        await world.RefusedAsync("evidence_ref", "auditlens.parse_findings", new { evidence_ref = evidence }, key);
        await world.RefusedAsync("uri", "core.read_resource", new { uri = $"omniaudit://evidence/{evidence}" }, key);
        Assert.DoesNotContain(evidence, (await world.CallAsync("search", new { query = _repository.FullName }, key)).GetRawText(), StringComparison.Ordinal);
        Assert.Contains(evidence, (await world.CallAsync("search", new { query = _repository.FullName })).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task JobLog_OfAJobOnPageThree_IsFoundByItsName()
    {
        for (var i = 0; i < 230; i++) EvidenceWorld.AddJobLog(_repository, 1000 + i, $"test (node {i})", $"log {i}");

        var answer = await FetchAsync("test (node 222)", "logs");

        Assert.Equal("log 222", Encoding.UTF8.GetString(await StoredAsync((await ManifestAsync(answer)).Files.Single())));
        Assert.Equal("test (node 222)", (await ManifestAsync(answer)).Files.Single().Job);
    }

    [Fact]
    public async Task RunLogs_AreTheJobsLogsAndNotTheirStepsAgain()
    {
        _repository.Jobs[7] = [FakeGitHub.Job(1, 7, "build / linux"), FakeGitHub.Job(2, 7, "old")];
        _repository.Downloads["run:7/1"] = EvidenceWorld.Zip(("0_build  linux.txt", "whole"), ("build  linux/1_Set up.txt", "step"), ("old/1_Only step.txt", "older server"));

        var manifest = await ManifestAsync(await FetchAsync("*", "logs"));

        Assert.Equal(["0_build  linux.txt", "old/1_Only step.txt"], manifest.Files.Where(f => f.Reference is not null).Select(f => f.Path));
        Assert.Equal("step_of_job_log", manifest.Files.Single(f => f.Path.EndsWith("Set up.txt", StringComparison.Ordinal)).NotKept);
        Assert.Equal(["build / linux", "old"], manifest.Files.Where(f => f.Reference is not null).Select(f => f.Job));
    }

    [Fact]
    public async Task CopyOfText_WithoutSecrets_IsByteForByteTheSame_WhateverItsEncodingAndLines()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 40; i++)
        {
            var bytes = new byte[random.Next(0, 700_000)];
            random.NextBytes(bytes);
            // No NUL, or it is no text; long and short lines.
            for (var at = 0; at < bytes.Length; at++) bytes[at] = bytes[at] == 0 ? (byte)'\n' : i % 3 == 0 && bytes[at] == '\n' ? (byte)'x' : bytes[at];
            if (bytes.Length > 1 && (bytes[0], bytes[1]) is (0xFF, 0xFE) or (0xFE, 0xFF)) bytes[0] = (byte)'a';
            using var copy = new MemoryStream();
            var copied = await RedactedCopy.WriteAsync(new DribblingStream(bytes, random.Next(1, 5000)), copy, CancellationToken.None);
            Assert.True(copied.IsText);
            Assert.Equal(bytes.Length, copied.Size);
            if (copied.Redactions == 0) Assert.True(bytes.AsSpan().SequenceEqual(copy.ToArray()), $"round {i}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(RedactedCopy.LongestPiece - 20)]
    [InlineData(RedactedCopy.LongestPiece - 1)]
    [InlineData(RedactedCopy.LongestPiece * 2 - 7)]
    public async Task CopyOfText_WithATokenAcrossAnyBorder_HasItNot(int before)
    {
        const string token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        // One line without an end, as minified JSON is.
        var text = string.Concat(Enumerable.Repeat("\"a\",", before / 4 + 1))[..before] + $",\"{token}\"," + new string('z', 1000);
        using var copy = new MemoryStream();
        var copied = await RedactedCopy.WriteAsync(new MemoryStream(Encoding.ASCII.GetBytes(text)), copy, CancellationToken.None);
        Assert.DoesNotContain(token[..20], Encoding.ASCII.GetString(copy.ToArray()), StringComparison.Ordinal);
        Assert.Equal(1, copied.Redactions);
    }

    [Fact]
    public async Task CopyOfUtf16_IsUtf8WithoutItsSecrets()
    {
        using var copy = new MemoryStream();
        var bytes = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("Grüße\npassword=hunter2secret\n")).ToArray();
        var copied = await RedactedCopy.WriteAsync(new MemoryStream(bytes), copy, CancellationToken.None);
        var text = Encoding.UTF8.GetString(copy.ToArray());
        Assert.Contains("Grüße\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Equal((true, bytes.Length), (copied.IsText, copied.Size));
    }

    /// <summary>Comes in pieces, as networks do.</summary>
    private sealed class DribblingStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }
}
