using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Support;

/// <summary>
/// A real S3-speaking server: OpenStack Swift with s3api, on loopback, in a directory of its own. Debian's packages
/// (scripts/install-test-tools.sh) and root are needed; <see cref="WhyNot"/> says so where they are missing.
/// </summary>
public sealed class SwiftServer : IAsyncLifetime
{
    public const string AccessKey = "omni:audit";
    public const string SecretKey = "secret";

    private static readonly string[] Programs = ["swift-proxy-server", "swift-account-server", "swift-container-server", "swift-object-server", "swift-ring-builder", "memcached"];
    private readonly List<Process> _processes = [];
    private string _directory = "";

    /// <summary>Null where the server can be started.</summary>
    public static string? WhyNot { get; } =
        Programs.Where(p => Find(p) is null).ToList() is { Count: > 0 } missing ? $"{string.Join(", ", missing)} not installed; run scripts/install-test-tools.sh as root."
        : Environment.UserName != "root" ? "Swift's servers are started as root here."
        : null;

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1:1");

    public async Task InitializeAsync()
    {
        if (WhyNot is not null) return;
        _directory = Directory.CreateTempSubdirectory("omniaudit-swift-").FullName;
        Directory.CreateDirectory(Path.Combine(_directory, "devices", "d1"));
        var ports = Enumerable.Range(0, 5).Select(_ => Ports.Free()).ToList();
        Write("swift.conf", "[swift-hash]\nswift_hash_path_prefix = test\nswift_hash_path_suffix = test\n[storage-policy:0]\nname = default\ndefault = yes\n");
        foreach (var (name, port) in new[] { ("account", ports[0]), ("container", ports[1]), ("object", ports[2]) })
        {
            foreach (var step in new[] { "create 4 1 0", $"add r1z1-127.0.0.1:{port}/d1 1", "rebalance" })
            {
                using var builder = Start("swift-ring-builder", $"{name}.builder {step}", $"{name}-ring");
                await builder.WaitForExitAsync();
            }
            Write($"{name}.conf", $"[DEFAULT]\n{Defaults(port)}devices = {_directory}/devices\nmount_check = false\ndisable_fallocate = true\n[pipeline:main]\npipeline = {name}-server\n[app:{name}-server]\nuse = egg:swift#{name}\n");
            _processes.Add(Start($"swift-{name}-server", $"{_directory}/{name}.conf", name));
        }
        Write("proxy.conf", $"[DEFAULT]\n{Defaults(ports[3])}[pipeline:main]\npipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server\n"
            + "[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n[filter:catch_errors]\nuse = egg:swift#catch_errors\n"
            + $"[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{ports[4]}\n[filter:s3api]\nuse = egg:swift#s3api\nlocation = us-east-1\n"
            + $"[filter:tempauth]\nuse = egg:swift#tempauth\nuser_omni_audit = {SecretKey} .admin\n[filter:bulk]\nuse = egg:swift#bulk\n[filter:slo]\nuse = egg:swift#slo\n[filter:dlo]\nuse = egg:swift#dlo\n");
        _processes.Add(Start("memcached", $"-u root -l 127.0.0.1 -p {ports[4]}", "memcached"));
        _processes.Add(Start("swift-proxy-server", $"{_directory}/proxy.conf", "proxy"));
        Endpoint = new Uri($"http://127.0.0.1:{ports[3]}");
        using var patience = new CancellationTokenSource(Eventually.Patience);
        foreach (var port in ports) await AnswersAsync(port, patience.Token);
    }

    public async Task<string> CreateBucketAsync()
    {
        var bucket = $"bucket-{Guid.NewGuid():N}";
        using var client = Client();
        await client.PutBucketAsync(bucket);
        return bucket;
    }

    public AmazonS3Client Client() => new(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config
    {
        ServiceURL = Endpoint.ToString(),
        AuthenticationRegion = "us-east-1",
        ForcePathStyle = true,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    /// <summary>The settings that reach this server.</summary>
    public void Configure(OmniAuditOptions options, string bucket)
    {
        options.ObjectStore.Backend = "s3";
        options.ObjectStore.Bucket = bucket;
        options.ObjectStore.S3EndpointUrl = Endpoint.ToString();
        options.ObjectStore.S3ForcePathStyle = true;
        options.ObjectStore.S3AccessKeyId = AccessKey;
        options.ObjectStore.S3SecretAccessKey = SecretKey;
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        if (_directory.Length > 0) Directory.Delete(_directory, recursive: true);
    }

    private string Defaults(int port) => $"bind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = root\nswift_dir = {_directory}\n";

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);

    private Process Start(string program, string arguments, string log)
    {
        // Through a shell, so that the output goes to a file and never blocks; exec keeps it one process.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = _directory };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec {Find(program)} {arguments} > {log}.log 2>&1");
        return Process.Start(start)!;
    }

    private async Task AnswersAsync(int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException) when (_processes.All(p => !p.HasExited))
            {
                await Task.Delay(50, cancellationToken);
            }
            catch (SocketException e)
            {
                var logs = Directory.GetFiles(_directory, "*.log").Select(f => $"{Path.GetFileName(f)}: {File.ReadAllText(f)}");
                throw new InvalidOperationException($"A part of the S3 test server ended.\n{string.Join('\n', logs)}", e);
            }
        }
    }

    private static string? Find(string program) =>
        new[] { "/usr/bin", "/usr/sbin", "/usr/local/bin" }.Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}

/// <summary>Tests against one <see cref="SwiftServer"/>, started once.</summary>
[CollectionDefinition(Name)]
public sealed class S3Server : ICollectionFixture<SwiftServer>
{
    public const string Name = "S3 server";
}

/// <summary>A test that needs the S3 server; skipped, with the reason, where that cannot be started.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3FactAttribute : FactAttribute
{
    public S3FactAttribute() => Skip = SwiftServer.WhyNot;
}
