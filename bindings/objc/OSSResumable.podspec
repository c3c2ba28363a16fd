# Not run here: there is no CocoaPods on Linux. The XCFramework is made on a Mac, as README.md says.
Pod::Spec.new do |spec|
  spec.name = 'OSSResumable'
  spec.version = '0.1.0'
  spec.summary = 'Resumable multipart upload of big files to Alibaba Cloud OSS.'
  spec.license = { :type => 'MIT or Apache-2.0', :file => 'LICENSE' }
  # The format demands an address. There is no public one yet, so this one leads nowhere.
  spec.homepage = 'https://example.com/oss-resumable'
  spec.author = 'oss-resumable'
  spec.source = { :http => "#{spec.homepage}/releases/download/v#{spec.version}/OSSResumable-#{spec.version}.zip" }
  spec.ios.deployment_target = '12.0'
  spec.osx.deployment_target = '10.15'
  spec.requires_arc = true
  spec.source_files = 'include/*.h', 'src/*.{h,m}'
  spec.public_header_files = 'include/OSSR*.h', 'include/OSSResumable.h'
  spec.private_header_files = 'src/*.h', 'include/oss_resumable.h'
  spec.vendored_frameworks = 'lib/oss_resumable.xcframework'
end
