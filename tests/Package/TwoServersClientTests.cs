using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server;
using Blindsight.Transport;

namespace Blindsight.Package;

public sealed class TwoServersClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blindsight-package-").FullName;

    [Fact]
    public async Task What_was_submitted_is_collected_by_another_client()
    {
        BlindsightModel model = await DemoModel.Outsourced();
        model.WriteShares(In("a.share"), In("b.share"));
        using TwoServersHost first = Start(ServerRole.First, "127.0.0.1:0");
        using TwoServersHost second = Start(ServerRole.Second, first.LinkAddress);
        DemoModel demo = new();
        List<int> uploaded = [];
        using (TwoServersClient submitting = new(first.ClientAddress, second.ClientAddress, ConnectionSecurity.Insecure))
        {
            Ticket ticket = await submitting.SubmitAsync(demo.Images, [4, 5], In("my.ticket"), new Told(uploaded));
            Assert.Equal([4, 5], ticket.Queries.Select(query => query.Row));
        }
        Assert.Equal([1, 2], uploaded);
        using TwoServersClient collecting = new(first.ClientAddress, second.ClientAddress, ConnectionSecurity.Insecure);
        Ticket kept = Ticket.Read(In("my.ticket"));
        IReadOnlyList<Prediction> predictions = await collecting.CollectAsync(kept);
        Assert.Equal(demo.Labels[4..6], predictions.Select(prediction => prediction.Label));
        await collecting.DeleteAsync(kept);
        QueryFaultException gone = await Assert.ThrowsAsync<QueryFaultException>(() => collecting.CollectAsync(kept));
        Assert.Equal(QueryFault.Deleted, gone.Fault);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private TwoServersHost Start(ServerRole role, string link)
    {
        string name = role == ServerRole.First ? "a" : "b";
        TwoServersHost host = new(ModelShareFile.Read(In($"{name}.share"), role), new("127.0.0.1:0", link, "127.0.0.1:0", In($"state-{name}"),
            ConnectionSecurity.Insecure));
        host.Start();
        return host;
    }

    private sealed class Told(List<int> counts) : IProgress<int>
    {
        public void Report(int value) => counts.Add(value);
    }
}
