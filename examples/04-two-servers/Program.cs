// Two servers that must not collude hold shares of model and inputs; owner and client are away while they answer. Here all of them are one process, to be
// read in one piece; docs/TWO-SERVERS.md shows them as processes, docs/BROWSER.md a web page as the client.
// dotnet run -c Release --project examples/04-two-servers
using Blindsight;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Inputs;
using Blindsight.Compiler.Plans;
using Blindsight.Hosting;
using Blindsight.Hosting.Client;
using Blindsight.Hosting.Owner;
using Blindsight.Hosting.Server;
using Blindsight.Transport;

string folder = Directory.CreateTempSubdirectory("blindsight-example-").FullName;
string In(string name) => Path.Combine(folder, name);

// The model's owner: compiles, splits, hands a file to each server, and leaves. By oblivious transfer the servers need no dealer.
BlindsightModel model = await BlindsightModel.CompileAsync(
    "assets/demo/digits.onnx", SampleReader.Read("assets/demo/calibration-images.idx3-ubyte.gz"), new CompileOptions
    {
        Deployment = DeploymentKinds.TwoServers, Comparison = ComparisonKinds.Transfers, Card = ModelCard.Read("assets/demo/digits.yaml"),
    });
model.WriteShares(In("a.share"), In("b.share"));

// The two servers; on machines of their own they take ConnectionSecurity.Tls.
const string Any = "127.0.0.1:0";
using TwoServersHost first = new(ModelShareFile.Read(In("a.share"), ServerRole.First), new(Any, Any, Any, In("state-a"), ConnectionSecurity.Insecure));
first.Start();
using TwoServersHost second = new(
    ModelShareFile.Read(In("b.share"), ServerRole.Second), new(Any, first.LinkAddress, Any, In("state-b"), ConnectionSecurity.Insecure));
second.Start();

// The client: submits and leaves with a ticket.
using (TwoServersClient submitting = new(first.ClientAddress, second.ClientAddress, ConnectionSecurity.Insecure))
    await submitting.SubmitAsync(SampleReader.Read("assets/demo/digits-images.idx3-ubyte.gz"), rows: [0, 1], In("my.ticket"));
Console.WriteLine("Submitted; the ticket holds the keys to the answers.");

// Later, maybe another process: collects, and has both servers forget.
using TwoServersClient collecting = new(first.ClientAddress, second.ClientAddress, ConnectionSecurity.Insecure);
Ticket ticket = Ticket.Read(In("my.ticket"));
IReadOnlyList<Prediction> predictions = await collecting.CollectAsync(ticket);
for (int i = 0; i < predictions.Count; i++) Console.WriteLine($"row {ticket.Queries[i].Row}: {predictions[i]}");
await collecting.DeleteAsync(ticket);
second.Dispose();
first.Dispose();
Directory.Delete(folder, recursive: true);
