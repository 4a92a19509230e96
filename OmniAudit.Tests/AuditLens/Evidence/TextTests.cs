using OmniAudit.Modules.AuditLens.Evidence.Text;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.AuditLens.Evidence;

/// <summary>Secrets are taken out, hiding characters are seen, colours are gone.</summary>
public sealed class TextTests
{
    // Put together here, so that no scanner takes them for real.
    private static readonly string Classic = "ghp" + "_" + "16C7e42F292c6912E7710c838347Ae178B4a";
    private static readonly string FineGrained = "github" + "_pat_" + "11ABCDEFG0aBcDeFgHiJkL_0123456789abcdefghij";
    private static readonly string KeyId = "AKIA" + "IOSFODNN7ABCDEFG";
    private static readonly string Jwt = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";

    public static TheoryData<string, string> Secrets => new()
    {
        { $"fatal: could not push with {Classic}", Classic },
        { $"token {FineGrained}.", FineGrained },
        { $"aws_access_key_id = {KeyId}", KeyId },
        { "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz3pLEKEYa", "wJalrXUtnFEMI" },
        { $"Authorization: Bearer {Jwt}", "dozjgNryP4J3jVmNHl0w5N" },
        { "remote: https://me:s3cretpw@github.com/o/r.git", "s3cretpw" },
        { "DB_PASSWORD=hunter22", "hunter22" },
        { "\"client_secret\": \"8f3kD0aPq1Zx77\"", "8f3kD0aPq1Zx77" },
        { "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6" },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF0\nabc=\n-----END RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA" },
        { "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAA", "b3BlbnNzaC1rZXktdjEAAAA" },
        { "npm_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fH3jK5", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fH3jK5" },
    };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void Redact_Secret_IsTakenOut(string text, string secret)
    {
        var redacted = SecretRedactor.Redact(text, out var count);
        Assert.DoesNotContain(secret, redacted, StringComparison.Ordinal);
        Assert.True(count > 0 && redacted.Contains("[redacted:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("error: unexpected token: identifier")]
    [InlineData("token=${{ secrets.GITHUB_TOKEN }}")]
    [InlineData("password: ***")]
    [InlineData("Expected key: value pairs in config")]
    [InlineData("commit 16c7e42f292c6912e7710c838347ae178b4a0000")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("The primary key: Orders.CustomerId is missing")]
    [InlineData("https://example.com:8080/path@v2")]
    [InlineData("tokenizer.vocabulary.size=50257")]
    [InlineData("PublicKeyToken=null, Version=8.0.0.0")]
    [InlineData("-----BEGIN CERTIFICATE-----")]
    [InlineData("cache key: Linux-node-modules")]
    public void Redact_OrdinaryText_StaysAsItIs(string text) => Assert.Equal(text, SecretRedactor.Redact(text));

    [Fact]
    public void Redact_Twice_IsTheSame()
    {
        var once = SecretRedactor.Redact(string.Join('\n', Secrets.Select(s => (string)s[0])));
        Assert.Equal(once, SecretRedactor.Redact(once));
    }

    [Fact]
    public void Redact_LongHostileText_TakesLinearTime() => SecretRedactor.Redact(string.Concat(Enumerable.Repeat("token=password:secret=key", 40_000)));

    [Theory]
    [InlineData("a\u202Eb", "a⟨U+202E⟩b")]
    [InlineData("a\u200Bb\0", "a⟨U+200B⟩b⟨U+0000⟩")]
    [InlineData("\u001b[31mred\u001b[0m\u001b[K", "red")]
    [InlineData("\u001b[2Jgone", "⟨U+001B⟩[2Jgone")]
    [InlineData("\u001b]8;;https://x.example\u001b\\link\u001b]8;;\u001b\\", "link")]
    [InlineData("tab\tline\r\nend", "tab\tline\nend")]
    public void Clean_WhatHides_IsSeen(string text, string shown) => Assert.Equal(shown, EvidenceText.Clean(text, 100, out _));

    [Fact]
    public void Clean_BeyondTheBound_SaysHowMuch()
    {
        Assert.Equal("aaaaa…", EvidenceText.Clean(new string('a', 12), 5, out var cut));
        Assert.Equal(7, cut);
    }

    [Fact]
    public void Visible_EmojiWithItsSelector_StaysAndBrokenHalfIsSeen()
    {
        Assert.Equal("⚠️ ok", VisibleText.Of("⚠️ ok"));
        Assert.Equal("a⟨U+D800⟩b", VisibleText.Of("a\uD800b"));
    }

    [Fact]
    public void Finding_SecretAndBidiInEveryField_AreNeverKept()
    {
        var found = Assert.Single(Evidence.Read($"<testsuite><testcase classname='c&#x202E;' name='{Classic}'><failure message='token {Classic}' type='T'>trace {Jwt} \u202E</failure></testcase></testsuite>").Findings);
        var all = string.Join('\n', found.Title, found.Message, found.Details, found.Test);
        Assert.DoesNotContain(Classic, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Jwt[..30], all, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', all);
    }
}
