using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Sessions;
using Blindsight.KernelProbe;

if (args is ["pool", string folder, string log])
{
    PoolUser.Run(folder, log);
    return;
}
WarmUp.Run();
TwoServersTrial.WarmUp();

using Prg prg = Prg.Derive([], "kernel probe");
using CkksContext context = new(CkksParameters.Create(CkksParameterSpec.Of(8192, 2, 50, 50)));
using CkksSecretKey secret = CkksSecretKey.Create(context, prg);
CkksEncoder encoder = new(context);
using CkksPlaintext plaintext = encoder.Encode([0.5], 1, 1L << 60, 2);
using CkksCiphertext ciphertext = new CkksSecretEncryptor(secret, prg).Encrypt(plaintext);
using CkksPlaintext released = new CkksRelease(secret, 1, 30, prg).Decrypt(ciphertext);
encoder.Decode(released, new double[1]);
