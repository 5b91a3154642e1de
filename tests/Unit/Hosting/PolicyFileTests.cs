using Blindsight.Arithmetic;
using Blindsight.Attestation;
using Blindsight.Attestation.Policies;
using Blindsight.Hosting.Rooms.Owners;

namespace Blindsight.Unit.Hosting;

public sealed class PolicyFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Sections_become_policies_and_what_is_not_there_is_refused()
    {
        string launch = new('a', 96), chip = new('b', 128), domain = new('c', 96), enclave = new('d', 64);
        AttestationPolicy policy = Read($$"""
            {
              // Comments are permitted.
              "sevSnp": { "measurements": ["{{launch}}"], "tcbMin": { "Milan": { "bootloader": 3, "snp": 8, "microcode": 115 } }, "chipIds": ["{{chip}}"] },
              "tdx": { "measurements": ["{{domain}}"], "runtimeMeasurements": [null, "{{domain}}", null, null],
                       "acceptedStatuses": ["UpToDate", "SWHardeningNeeded"], "acceptedAdvisories": ["INTEL-SA-00001"] },
              "sgx": { "measurements": ["{{enclave}}"] }
            }
            """).For(new Octets(new byte[64]));
        Assert.Equal(Octets.FromHex(launch), Assert.Single(policy.SevSnp!.Measurements));
        Assert.Equal(new SnpTcb(0, 3, 0, 8, 115), policy.SevSnp.TcbMin[SnpProduct.Milan]);
        Assert.True(policy.SevSnp is { PermitDebug: false, RequireRevocationList: true, RequireAliasCheck: true });
        Assert.Equal(Octets.FromHex(domain), policy.Tdx!.RuntimeMeasurements[1]);
        Assert.Contains(TcbStatus.SWHardeningNeeded, policy.Tdx.AcceptedStatuses);
        Assert.Equal(TcbStatus.UpToDate, Assert.Single(policy.Sgx!.AcceptedStatuses));
        Assert.Null(policy.SimulatedNotAttested);
        AttestationPolicy nothing = Read("{}").For(new Octets(new byte[64]));
        Assert.True(nothing is { SevSnp: null, Tdx: null, Sgx: null, SimulatedNotAttested: null });
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"simulatedNotAttested": {}}""")]
    [InlineData("""{"sevSnp": {}}""")]
    [InlineData("""{"sevSnp": {"measurements": [], "tcbMin": {}}}""")]
    [InlineData("""{"sevSnp": {"measurements": ["aa"], "tcbMin": {}}}""")]
    [InlineData("""{"sgx": {"measurements": ["zz"]}}""")]
    [InlineData("""{"sgx": {"measurements": []}}""")]
    [InlineData("""{"tdx": {"measurements": ["aa"]}}""")]
    public void What_is_no_policy_is_refused(string content)
    {
        File.WriteAllText(_file, content);
        Assert.Contains("is no policy", Assert.Throws<ParameterException>(() => PolicyFile.Read(_file)).Message);
        Assert.Throws<ParameterException>(() => PolicyFile.Read(_file + ".none"));
    }

    private PolicyFile Read(string content)
    {
        File.WriteAllText(_file, content);
        return PolicyFile.Read(_file);
    }
}
